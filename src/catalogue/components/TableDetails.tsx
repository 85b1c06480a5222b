import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { ITable } from '../../api';
import { CommandIDs } from '../../commands';
import type { ISession } from '../../model';
import { OwnTable } from '../../mydb/components/OwnTable';
import { isOwn } from '../../mydb/schemas';
import { usePanel } from '../../panel/context';
import { Message } from '../../panel/Message';
import { hasSky, SkyCommandIDs } from '../../sky/commands';
import { Footprint } from '../../sky/Footprint';
import { count, isPosition } from '../format';
import type { INode } from '../nodes';
import { fullName } from '../nodes';
import { ColumnList } from './ColumnList';
import { PreviewTable } from './PreviewTable';
import { SimulatedBadge } from './TreeRow';

/** All that is known of the chosen table. */
export function TableDetails(props: {
  session: ISession;
  node: INode;
}): JSX.Element {
  const { trans } = usePanel();
  const { session, node } = props;
  const { catalogue } = session;
  const asked = catalogue.asked(node);
  return (
    <section
      className="jp-DataLab-details"
      aria-label={trans.__('Table %1', fullName(node))}
      aria-busy={!asked?.table && !asked?.error}
    >
      <header className="jp-DataLab-detailsHeader">
        <h2 title={fullName(node)}>
          <span className="jp-DataLab-dim">
            {node.schema && `${node.schema}.`}
          </span>
          <wbr />
          {node.table}
        </h2>
        {asked?.table?.simulated && <SimulatedBadge />}
        <button
          className="jp-DataLab-iconButton"
          aria-label={trans.__('Close the details')}
          title={trans.__('Close')}
          onClick={() => catalogue.select(null)}
        >
          <closeIcon.react tag="span" />
        </button>
      </header>
      {asked?.table ? (
        <Known session={session} table={asked.table} node={node} />
      ) : asked?.error ? (
        <Message
          kind="error"
          title={trans.__('This table could not be read')}
          onRetry={() => void catalogue.ask(node)}
        >
          <p>{asked.error.message}</p>
          <p>{asked.error.hint}</p>
        </Message>
      ) : (
        <div className="jp-DataLab-skeletons">
          <span className="jp-DataLab-skeleton" />
          <span className="jp-DataLab-skeleton" />
          <span className="jp-DataLab-skeleton" />
        </div>
      )}
    </section>
  );
}

function Known(props: {
  session: ISession;
  table: ITable;
  node: INode;
}): JSX.Element {
  const { trans } = usePanel();
  const { session, table, node } = props;
  const { connection, footprints, preview, statistics } = session;
  const name = fullName(node);
  const hasPlaces = table.columns.some(isPosition);
  return (
    <>
      <Actions
        table={table}
        previewed={preview.table === name}
        hasSky={hasPlaces && hasSky(session)}
      />
      {session.own && isOwn(table.schema) && (
        <OwnTable account={session.own.account} name={table.name} />
      )}
      {preview.table === name && (
        <PreviewTable preview={preview} table={table} />
      )}
      {hasPlaces && connection.has('density') && (
        <Footprint footprints={footprints} name={name} />
      )}
      {table.description && <p>{table.description}</p>}
      {table.simulated && (
        <p className="jp-DataLab-notice">
          {trans.__(
            'Simulated data: these rows were made up and never observed.'
          )}
        </p>
      )}
      <dl className="jp-DataLab-facts">
        {table.rows !== null && (
          <>
            <dt>{trans.__('Rows')}</dt>
            <dd>{count(table.rows)}</dd>
          </>
        )}
        {table.credit && (
          <>
            <dt>{trans.__('Credit')}</dt>
            <dd>{table.credit}</dd>
          </>
        )}
      </dl>
      <ColumnList
        table={table}
        statistics={connection.has('statistics') ? statistics.of(name) : null}
        chosen={node.column}
      />
    </>
  );
}

function Actions(props: {
  table: ITable;
  previewed: boolean;
  hasSky: boolean;
}): JSX.Element {
  const { commands, model, trans } = usePanel();
  const { schema, name } = props.table;
  const run = (command: string) => () =>
    void commands.execute(command, { schema, table: name });
  return (
    <div className="jp-DataLab-actions">
      <button
        className="jp-DataLab-button jp-mod-accept"
        onClick={run(CommandIDs.insertQuery)}
      >
        {trans.__('Insert into notebook')}
      </button>
      <button className="jp-DataLab-button" onClick={run(CommandIDs.copyQuery)}>
        {trans.__('Copy query')}
      </button>
      <button
        className="jp-DataLab-button"
        aria-pressed={props.previewed}
        onClick={
          props.previewed
            ? () => model.session?.preview.hide()
            : run(CommandIDs.preview)
        }
      >
        {trans.__('Preview')}
      </button>
      {props.hasSky && (
        <button className="jp-DataLab-button" onClick={run(SkyCommandIDs.show)}>
          {trans.__('Show on sky')}
        </button>
      )}
    </div>
  );
}

import { caretRightIcon, userIcon, usersIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { columnIcons, intoCellIcon, schemaIcon, tableIcon } from '../../icons';
import { NoTablesYet } from '../../mydb/components/NoTablesYet';
import { isOwn, sharedBy } from '../../mydb/schemas';
import type { IPanelContext } from '../../panel/context';
import { usePanel } from '../../panel/context';
import { onDragStart } from '../../panel/press';
import { columnType, count, typeName } from '../format';
import type { NodeRow, Row } from '../tree';
import { isNodeRow } from '../tree';
import { Highlight } from './Highlight';

export interface ITreeRowProps {
  row: Row;
  index: number;
  start: number;
  filter: string;
  selected: boolean;
  /** Whether this is the row that Tab comes to. */
  current: boolean;
  measure: (element: HTMLElement | null) => void;
  onActivate: (row: Row) => void;
  onToggle: (row: Row) => void;
  onMenu: (row: Row) => void;
}

/** One line of the tree. */
export function TreeRow(props: ITreeRowProps): JSX.Element {
  const { row, index, measure } = props;
  const panel = usePanel();
  const drag = useDrag(row);
  return (
    <div
      ref={measure}
      className={
        isDraggable(row) ? 'jp-DataLab-row jp-DataLab-item' : 'jp-DataLab-row'
      }
      role="treeitem"
      data-index={index}
      data-kind={row.kind}
      data-row={row.id}
      data-own={isNodeRow(row) && isOwn(row.node.schema) ? true : undefined}
      aria-level={row.level}
      aria-posinset={row.position}
      aria-setsize={row.siblings}
      aria-expanded={'expanded' in row ? row.expanded : undefined}
      aria-selected={isNodeRow(row) ? props.selected : undefined}
      aria-busy={row.kind === 'loading' || undefined}
      tabIndex={props.current ? 0 : -1}
      title={tooltip(row, panel)}
      style={{ transform: `translateY(${props.start}px)` }}
      onClick={() => props.onActivate(row)}
      onContextMenu={() => props.onMenu(row)}
      onPointerDown={drag}
    >
      <span
        className="jp-DataLab-caret"
        style={{ marginInlineStart: `${(row.level - 1) * 14}px` }}
        onClick={event => {
          event.stopPropagation();
          props.onToggle(row);
        }}
      >
        {'expanded' in row && (
          <caretRightIcon.react tag="span" aria-hidden="true" />
        )}
      </span>
      <Content row={row} filter={props.filter} />
    </div>
  );
}

function Content(props: { row: Row; filter: string }): JSX.Element {
  const { trans } = usePanel();
  const { row, filter } = props;
  switch (row.kind) {
    case 'schema':
      return (
        <>
          <SchemaIcon name={row.schema.name} />
          <span className="jp-DataLab-name">
            <SchemaName name={row.schema.name} filter={filter} />
          </span>
          <span className="jp-DataLab-aside">
            {count(row.schema.tables)}
            {row.atLeast && '+'}
          </span>
        </>
      );
    case 'table':
      return (
        <>
          <tableIcon.react tag="span" className="jp-DataLab-rowIcon" />
          <span className="jp-DataLab-name">
            <Highlight text={row.table.name} filter={filter} />
          </span>
          {row.table.simulated && <SimulatedBadge />}
          <IntoCell row={row} />
          {row.table.rows !== null && (
            <span className="jp-DataLab-aside">{count(row.table.rows)}</span>
          )}
        </>
      );
    case 'column':
      return (
        <>
          <ColumnIcon column={row.column} />
          <span className="jp-DataLab-name">
            <Highlight text={row.column.name} filter={filter} />
          </span>
          <IntoCell row={row} />
          <span className="jp-DataLab-aside">{row.column.unit}</span>
        </>
      );
    case 'more':
      return (
        <span className="jp-DataLab-note">
          {trans.__('%1 of %2 shown', count(row.shown), count(row.total))}
        </span>
      );
    case 'loading':
      return (
        <span
          className="jp-DataLab-skeleton"
          aria-label={trans.__('Loading')}
        />
      );
    case 'nothing':
      return row.own ? (
        <NoTablesYet />
      ) : (
        <span className="jp-DataLab-note">{trans.__('No tables yet')}</span>
      );
    case 'error':
      return (
        <span className="jp-DataLab-note" data-kind="error">
          {`${row.error.message} `}
          <u>{trans.__('Retry')}</u>
        </span>
      );
  }
}

/** The name of a schema; of the user's own tables, what they are. */
function SchemaName(props: { name: string; filter: string }): JSX.Element {
  const { trans } = usePanel();
  const { name, filter } = props;
  const user = sharedBy(name);
  if (isOwn(name)) {
    return <span className="jp-DataLab-words">{trans.__('My tables')}</span>;
  }
  if (user) {
    return (
      <span className="jp-DataLab-words">{trans.__('Shared by %1', user)}</span>
    );
  }
  return <Highlight text={name} filter={filter} />;
}

function SchemaIcon({ name }: { name: string }): JSX.Element {
  const Icon = isOwn(name) ? userIcon : sharedBy(name) ? usersIcon : schemaIcon;
  return <Icon.react tag="span" className="jp-DataLab-rowIcon" />;
}

/** Tells made-up data from observed data. */
export function SimulatedBadge(): JSX.Element {
  const { trans } = usePanel();
  return (
    <span
      className="jp-DataLab-badge"
      title={trans.__('Simulated: made up, not observed')}
    >
      {trans.__('simulated')}
    </span>
  );
}

export function ColumnIcon(props: {
  column: { datatype: string; ucd: string };
}): JSX.Element {
  const Icon = columnIcons[columnType(props.column)];
  return <Icon.react tag="span" className="jp-DataLab-rowIcon" />;
}

/** A second handle: what is dragged by it goes into an existing cell. */
function IntoCell({ row }: { row: Row }): JSX.Element {
  const { trans } = usePanel();
  const drag = useDrag(row, true);
  return (
    <span
      className="jp-DataLab-intoCell"
      aria-hidden="true"
      title={trans.__('Drag the name into a cell')}
      onPointerDown={event => {
        event.stopPropagation();
        drag(event);
      }}
      onClick={event => event.stopPropagation()}
    >
      <intoCellIcon.react tag="span" />
    </span>
  );
}

/** Start a drag once a pressed pointer has moved far enough. */
function useDrag(row: Row, asText = false): (e: React.PointerEvent) => void {
  const { drag } = usePanel();
  return event => {
    if (!isDraggable(row)) {
      return;
    }
    onDragStart(event, move => drag(row.node, move, asText || move.altKey));
  };
}

/** Whether a row is a table or a column, which drags and commands work on. */
function isDraggable(row: Row): row is NodeRow {
  return row.kind === 'table' || row.kind === 'column';
}

function tooltip(row: Row, { trans }: IPanelContext): string | undefined {
  if (!isNodeRow(row)) {
    return row.kind === 'error' ? row.error.message : undefined;
  }
  return describe(row, trans).filter(Boolean).join('\n');
}

function describe(row: NodeRow, trans: IPanelContext['trans']): string[] {
  switch (row.kind) {
    case 'schema':
      return [row.schema.name, row.schema.description];
    case 'table': {
      const { rows } = row.table;
      return [
        `${row.table.schema}.${row.table.name}`,
        rows === null ? '' : trans._n('%2 row', '%2 rows', rows, count(rows)),
        row.table.description,
        trans.__('Drag into a notebook; with Alt into a cell')
      ];
    }
    case 'column': {
      const { column } = row;
      const facts = [typeName(column), column.unit, column.ucd];
      return [
        column.name,
        facts.filter(Boolean).join(' · '),
        column.description
      ];
    }
  }
}

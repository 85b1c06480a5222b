import * as React from 'react';
import { AccountCard } from '../account/components/AccountCard';
import { isTapSchema } from '../catalogue/catalogue';
import { CatalogueTree } from '../catalogue/components/CatalogueTree';
import { TableDetails } from '../catalogue/components/TableDetails';
import { count } from '../catalogue/format';
import type { ISession } from '../model';
import { StoragePart } from '../storage/components/StoragePart';
import { usePanel, useSignal } from './context';
import { DemoOffer, DemoProgress } from './DemoPart';
import { Failure } from './Failure';
import { FilterBox } from './FilterBox';
import { LiveRegion } from './LiveRegion';
import { Message } from './Message';
import { ServiceBar } from './ServiceBar';
import { Skeleton } from './Skeleton';
import { Split } from './Split';
import { ViewTabs } from './ViewTabs';

/** The Data Lab panel. */
export function Panel(): JSX.Element {
  const { model } = usePanel();
  useSignal(model.changed);
  const { session, error } = model;
  return (
    <div className="jp-DataLab-content">
      {session ? (
        <Session key={session.service.name} session={session} />
      ) : error ? (
        <Failure
          kind={error.kind}
          message={error.message}
          hint={error.hint}
          onRetry={() => void model.load()}
        />
      ) : (
        <Skeleton />
      )}
      <LiveRegion session={session} />
    </div>
  );
}

function Session({ session }: { session: ISession }): JSX.Element {
  const { model } = usePanel();
  const { own } = session;
  const [isAccountOpen, setAccountOpen] = React.useState(false);
  return (
    <>
      <ServiceBar
        session={session}
        isAccountOpen={isAccountOpen}
        onAccount={() => setAccountOpen(open => !open)}
      />
      {own && isAccountOpen && own.account.exists && (
        <AccountCard account={own.account} />
      )}
      {own?.account.exists && <ViewTabs />}
      {own && model.view === 'storage' ? (
        <StoragePart session={session} own={own} />
      ) : (
        <CataloguesPart session={session} />
      )}
    </>
  );
}

function CataloguesPart({ session }: { session: ISession }): JSX.Element {
  const { catalogue } = session;
  const node = catalogue.selected;
  return (
    <>
      <FilterBox catalogue={catalogue} />
      <DemoProgress demo={session.demo} />
      <Split
        upper={<Catalogues session={session} />}
        lower={
          node?.table === undefined ? null : (
            <TableDetails session={session} node={node} />
          )
        }
      />
    </>
  );
}

/** The tree, or why there is none. */
function Catalogues({ session }: { session: ISession }): JSX.Element {
  const { trans } = usePanel();
  const { catalogue, connection, demo } = session;
  const { found, schemas, filter } = catalogue;
  const isUp = connection.state === 'ready';
  const retry = () => {
    connection.look();
    void catalogue.refresh();
  };

  if (!isUp && connection.state !== 'unknown' && !schemas) {
    return connection.state === 'starting' ? (
      <>
        <Message
          title={connection.message || trans.__('The Data Lab is starting.')}
        />
        <Skeleton />
      </>
    ) : (
      <Failure
        kind={connection.state}
        message={connection.message}
        hint={connection.hint}
        onRetry={retry}
      />
    );
  }
  if (!schemas) {
    return catalogue.error ? (
      <Failure
        kind="error"
        message={catalogue.error.message}
        hint={catalogue.error.hint}
        onRetry={retry}
      />
    ) : (
      <Skeleton />
    );
  }
  const hasTables = schemas.some(
    ({ name, tables }) => !isTapSchema(name) && tables > 0
  );
  if (!hasTables && isUp && connection.has('demo')) {
    switch (demo.state?.state) {
      case undefined:
        return <Skeleton />;
      case 'absent':
        return <DemoOffer demo={demo} />;
      case 'running':
        return (
          <Message title={trans.__('The first stars are on their way')}>
            <p>
              {trans.__('Each table shows here as soon as it can be used.')}
            </p>
          </Message>
        );
    }
  }
  if (!schemas.length) {
    return (
      <Message title={trans.__('This service has no tables')} onRetry={retry} />
    );
  }
  if (found && !found.loading && !found.error && !found.tables.length) {
    return (
      <Message title={trans.__('No table matches “%1”', filter)}>
        <p>
          {trans.__(
            'Names and descriptions of tables and columns were searched.'
          )}
        </p>
        <button
          className="jp-DataLab-button"
          onClick={() => catalogue.setFilter('')}
        >
          {trans.__('Show all tables')}
        </button>
      </Message>
    );
  }
  return (
    <div className="jp-DataLab-catalogues" data-stale={!isUp || undefined}>
      {!isUp && connection.state !== 'unknown' && (
        <div className="jp-DataLab-banner" role="alert">
          <strong>{trans.__('The list below is the last one known.')}</strong>{' '}
          {connection.message}
        </div>
      )}
      {found && (
        <p className="jp-DataLab-found" aria-hidden="true">
          {found.loading
            ? trans.__('Searching…')
            : trans._n(
                '%2 table matches',
                '%2 tables match',
                found.total,
                count(found.total)
              )}
        </p>
      )}
      <CatalogueTree catalogue={catalogue} />
    </div>
  );
}

import { ellipsesIcon, HTMLSelect } from '@jupyterlab/ui-components';
import { Menu } from '@lumino/widgets';
import * as React from 'react';
import { AccountButton } from '../account/components/AccountButton';
import type { ConnectionState } from '../catalogue/connection';
import { CommandIDs } from '../commands';
import type { ISession } from '../model';
import { usePanel } from './context';

/** Which service is shown, how it is, and what can be done with it. */
export function ServiceBar(props: {
  session: ISession;
  isAccountOpen: boolean;
  onAccount: () => void;
}): JSX.Element {
  const { model, trans } = usePanel();
  const { service, catalogue, connection, own } = props.session;
  const unread = connection.state === 'ready' ? catalogue.error : null;
  return (
    <div className="jp-DataLab-serviceBar">
      {model.services.length > 1 ? (
        <HTMLSelect
          className="jp-DataLab-service"
          aria-label={trans.__('Service')}
          value={service.name}
          onChange={event => model.choose(event.target.value)}
        >
          {model.services.map(({ name, title }) => (
            <option key={name} value={name}>
              {title}
            </option>
          ))}
        </HTMLSelect>
      ) : (
        <span className="jp-DataLab-service">{service.title}</span>
      )}
      <State
        state={unread ? 'error' : connection.state}
        message={unread?.message ?? connection.message}
      />
      {own && (
        <AccountButton
          account={own.account}
          open={props.isAccountOpen}
          onToggle={props.onAccount}
        />
      )}
      <MenuButton />
    </div>
  );
}

function State(props: {
  state: ConnectionState;
  message: string;
}): JSX.Element {
  const words = useStateWords(props.state);
  return (
    <span
      className="jp-DataLab-state"
      data-state={props.state}
      title={props.message || words}
    >
      <span className="jp-DataLab-dot" aria-hidden="true" />
      {words}
    </span>
  );
}

/** A state in one or two words. */
export function useStateWords(state: ConnectionState): string {
  const { trans } = usePanel();
  const words: Record<ConnectionState, string> = {
    unknown: trans.__('Connecting'),
    starting: trans.__('Starting'),
    ready: trans.__('Ready'),
    down: trans.__('Down'),
    error: trans.__('Error'),
    offline: trans.__('Offline'),
    missing: trans.__('Not installed'),
    'signed-out': trans.__('Signed out')
  };
  return words[state];
}

function MenuButton(): JSX.Element {
  const { commands, trans } = usePanel();
  const open = (event: React.MouseEvent<HTMLButtonElement>) => {
    const menu = new Menu({ commands });
    menu.addItem({ command: CommandIDs.refresh });
    menu.addItem({ command: CommandIDs.collapseAll });
    menu.addItem({ command: CommandIDs.makeDemo });
    const { right, bottom } = event.currentTarget.getBoundingClientRect();
    menu.open(right, bottom, { horizontalAlignment: 'right' });
  };
  return (
    <button
      className="jp-DataLab-iconButton"
      aria-haspopup="menu"
      aria-label={trans.__('Data Lab menu')}
      title={trans.__('More')}
      onClick={open}
    >
      <ellipsesIcon.react tag="span" />
    </button>
  );
}

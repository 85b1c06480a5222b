import { userIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { usePanel } from '../../panel/context';
import type { Account } from '../account';

/** Shows who is signed in; opens the account. */
export function AccountButton(props: {
  account: Account;
  open: boolean;
  onToggle: () => void;
}): JSX.Element | null {
  const { trans } = usePanel();
  const { account, open, onToggle } = props;
  const { info } = account;
  if (!account.exists) {
    return null;
  }
  const owner = info?.state === 'owner';
  const words = owner
    ? ''
    : account.isKnown
      ? (info?.name ?? '')
      : trans.__('Sign in');
  return (
    <button
      className="jp-DataLab-accountButton"
      aria-expanded={open}
      aria-label={
        owner
          ? trans.__('Data Lab account: on this computer')
          : account.isKnown
            ? trans.__('Data Lab account: %1', words)
            : trans.__('Sign in to the Data Lab')
      }
      title={owner ? trans.__('On this computer') : words}
      data-state={info?.state}
      onClick={onToggle}
    >
      <userIcon.react tag="span" />
      {words && <span className="jp-DataLab-accountName">{words}</span>}
    </button>
  );
}

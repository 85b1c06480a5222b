import * as React from 'react';
import { usePanel } from '../../panel/context';
import type { Account } from '../account';
import { QuotaBar } from './QuotaBar';
import { SignIn } from './SignIn';

/** Who one is at the Data Lab, what one has there, and the way in and out. */
export function AccountCard({ account }: { account: Account }): JSX.Element {
  const { trans } = usePanel();
  const { info } = account;
  if (!account.isKnown) {
    return (
      <section
        className="jp-DataLab-account"
        aria-label={trans.__('Data Lab account')}
      >
        <SignIn account={account} title={trans.__('Sign in to the Data Lab')}>
          <p className="jp-DataLab-dim">
            {trans.__(
              'For tables and files of your own. The catalogues are there without.'
            )}
          </p>
        </SignIn>
      </section>
    );
  }
  const owner = info?.state === 'owner';
  return (
    <section
      className="jp-DataLab-account"
      aria-label={trans.__('Data Lab account')}
    >
      <p className="jp-DataLab-messageTitle">
        {owner ? trans.__('On this computer') : info?.name}
      </p>
      <p className="jp-DataLab-dim">
        {owner
          ? trans.__(
              'This Data Lab is yours alone. There is no need to sign in.'
            )
          : info?.groups.length
            ? trans.__('Groups: %1', info.groups.join(', '))
            : trans.__('In no group')}
      </p>
      <QuotaBar label={trans.__('Files')} usage={info?.storage ?? null} />
      <QuotaBar label={trans.__('Tables')} usage={info?.mydb ?? null} />
      {!owner && (
        <div className="jp-DataLab-accountFoot">
          <button
            className="jp-DataLab-button"
            disabled={account.busy}
            onClick={() => void account.signOut()}
          >
            {trans.__('Sign out')}
          </button>
          {info?.expires && (
            <span className="jp-DataLab-dim">
              {trans.__('Signed in until %1', day(info.expires))}
            </span>
          )}
        </div>
      )}
    </section>
  );
}

function day(time: string): string {
  return new Date(time).toLocaleString(undefined, {
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit'
  });
}

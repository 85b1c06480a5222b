import * as React from 'react';
import type { Account } from '../../account/account';
import { sizeText } from '../../account/sizes';
import { usePanel } from '../../panel/context';
import { TableCommandIDs } from '../commands';

/** What can be done with a table of one's own, and who may read it. */
export function OwnTable(props: {
  account: Account;
  name: string;
}): JSX.Element {
  const { commands, trans } = usePanel();
  const { account, name } = props;
  const table = account.tables.find(other => other.name === name);
  const shared = table?.shared_with ?? [];
  const button = (command: string, label: string) => (
    <button
      className="jp-DataLab-linkButton"
      onClick={() => void commands.execute(command, { table: name })}
    >
      {label}
    </button>
  );
  return (
    <div className="jp-DataLab-ownTable">
      <span className="jp-DataLab-dim">
        {shared.includes('public')
          ? trans.__('Everybody may read it')
          : shared.length
            ? trans.__('Shared with %1', shared.join(', '))
            : trans.__('Only you can see it')}
        {table && ` · ${sizeText(table.bytes)}`}
      </span>
      <span className="jp-DataLab-ownActions">
        {button(TableCommandIDs.rename, trans.__('Rename'))}
        {button(TableCommandIDs.describe, trans.__('Describe'))}
        {button(TableCommandIDs.share, trans.__('Share'))}
        {button(TableCommandIDs.drop, trans.__('Drop'))}
      </span>
    </div>
  );
}

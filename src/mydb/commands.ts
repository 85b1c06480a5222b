import { Dialog, InputDialog, showDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { deleteIcon, editIcon, shareIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { IDataLabApi } from '../api';
import type { DataLabModel, IOwn } from '../model';
import { reportFailure } from '../panel/notices';
import { isOwn, MYDB } from './schemas';

export namespace TableCommandIDs {
  export const rename = 'datalab-table:rename';
  export const describe = 'datalab-table:describe';
  export const share = 'datalab-table:share';
  export const drop = 'datalab-table:drop';
}

/** With whom the Data Lab shares with everybody. */
const PUBLIC = 'public';

const ARGUMENTS = {
  type: 'object',
  properties: {
    table: {
      type: 'string',
      description:
        'A table of the user’s own; without one, what is chosen in the panel'
    }
  }
} as const;

/** What the commands work with. */
export interface ITableCommandContext {
  commands: CommandRegistry;
  model: DataLabModel;
  api: Pick<IDataLabApi, 'changeTable' | 'dropTable'>;
  trans: TranslationBundle;
}

/** Add the commands on the user's own tables. */
export function addTableCommands(context: ITableCommandContext): void {
  const { commands, model, api, trans } = context;
  const target = (args: ReadonlyPartialJSONObject): string | null => {
    const node = model.session?.catalogue.selected;
    const chosen = node && isOwn(node.schema) ? node.table : undefined;
    return (args.table as string | undefined) ?? chosen ?? null;
  };
  const known = (own: IOwn, name: string) =>
    own.account.tables.find(table => table.name === name);

  const add = (
    id: string,
    options: Omit<CommandRegistry.ICommandOptions, 'execute'>,
    execute: (name: string, own: IOwn) => Promise<void>
  ) =>
    commands.addCommand(id, {
      ...options,
      describedBy: { args: ARGUMENTS },
      isEnabled: args => Boolean(model.session?.own) && target(args) !== null,
      execute: async args => {
        const own = model.session?.own;
        const name = target(args);
        if (own && name !== null) {
          await reportFailure(trans, () => execute(name, own));
        }
      }
    });
  const reread = async (own: IOwn) => {
    own.account.look();
    await model.session?.catalogue.refresh();
  };

  add(
    TableCommandIDs.rename,
    { label: trans.__('Rename Table…'), icon: editIcon },
    async (name, own) => {
      const { value } = await InputDialog.getText({
        title: trans.__('Rename %1', name),
        label: trans.__('New name'),
        text: name,
        okLabel: trans.__('Rename')
      });
      const to = value?.trim();
      if (to && to !== name) {
        await api.changeTable(name, 'rename', to);
        model.session?.catalogue.select({ schema: MYDB, table: to });
        await reread(own);
      }
    }
  );
  add(
    TableCommandIDs.describe,
    { label: trans.__('Describe Table…') },
    async (name, own) => {
      const { value } = await InputDialog.getText({
        title: trans.__('Describe %1', name),
        label: trans.__('What it holds, for you and those you share it with'),
        text: known(own, name)?.description ?? '',
        okLabel: trans.__('Keep')
      });
      if (value !== null) {
        await api.changeTable(name, 'describe', value.trim());
        await reread(own);
      }
    }
  );
  add(
    TableCommandIDs.share,
    { label: trans.__('Share Table…'), icon: shareIcon },
    async (name, own) => {
      const everybody = trans.__('Everybody');
      const nobody = trans.__('Nobody');
      const shared = known(own, name)?.shared_with ?? [];
      const groups = own.account.info?.groups ?? [];
      const { value } = await InputDialog.getItem({
        title: trans.__('Share %1', name),
        label: trans.__('Who may read it: a group, a user, everybody, nobody'),
        items: [nobody, everybody, ...groups],
        current: shared.includes(PUBLIC) ? everybody : (shared[0] ?? nobody),
        editable: true,
        okLabel: trans.__('Share')
      });
      if (value !== null) {
        const given = value.trim();
        const who =
          given === everybody ? PUBLIC : given === nobody ? '' : given;
        await api.changeTable(name, 'share', who);
        await reread(own);
      }
    }
  );
  add(
    TableCommandIDs.drop,
    { label: trans.__('Drop Table…'), icon: deleteIcon },
    async (name, own) => {
      const answer = await showDialog({
        title: trans.__('Drop %1?', name),
        body: trans.__(
          'The table and all its rows are deleted. This cannot be undone.'
        ),
        buttons: [
          Dialog.cancelButton(),
          Dialog.warnButton({ label: trans.__('Drop') })
        ],
        defaultButton: 0
      });
      if (answer.button.accept) {
        await api.dropTable(name);
        model.session?.catalogue.select(null);
        await reread(own);
      }
    }
  );
}

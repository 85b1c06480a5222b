import { Clipboard, Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { copyIcon, refreshIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { ITable } from './api';
import type { INode } from './catalogue/nodes';
import { fullName } from './catalogue/nodes';
import { dataLabIcon, intoCellIcon } from './icons';
import type { DataLabModel } from './model';
import type { QueryTable } from './snippets';
import {
  columnName,
  columnQuery,
  pythonQuery,
  quoteTable,
  tableQuery
} from './snippets';
import type { NotebookWriter } from './snippets/notebooks';
import { InsertError } from './snippets/notebooks';

export namespace CommandIDs {
  export const open = 'datalab:open';
  export const refresh = 'datalab:refresh';
  export const collapseAll = 'datalab:collapse-all';
  export const makeDemo = 'datalab:make-demo';
  export const insertQuery = 'datalab:insert-query';
  export const insertName = 'datalab:insert-name';
  export const copyQuery = 'datalab:copy-query';
  export const copyName = 'datalab:copy-name';
  export const preview = 'datalab:preview';
}

const NO_ARGUMENTS = { type: 'object', properties: {} } as const;

const NODE_ARGUMENTS = {
  type: 'object',
  properties: {
    schema: { type: 'string', description: 'The schema of the table' },
    table: {
      type: 'string',
      description: 'The table; without one, what is chosen in the panel'
    },
    column: { type: 'string', description: 'A column of the table' }
  }
} as const;

/** What the commands work with. */
export interface ICommandContext {
  commands: CommandRegistry;
  model: DataLabModel;
  writer: NotebookWriter;
  trans: TranslationBundle;
  /** Bring the panel to the front. */
  show: () => void;
}

/** Add the commands of the panel. */
export function addCommands(context: ICommandContext): void {
  addPanelCommands(context);
  addNodeCommands(context);
}

function addPanelCommands(context: ICommandContext): void {
  const { commands, model, trans, show } = context;
  const describedBy = { args: NO_ARGUMENTS };
  commands.addCommand(CommandIDs.open, {
    label: trans.__('Data Lab'),
    caption: trans.__('Browse the catalogues of the sky'),
    icon: dataLabIcon,
    describedBy,
    execute: show
  });
  commands.addCommand(CommandIDs.refresh, {
    label: trans.__('Refresh Catalogues'),
    icon: refreshIcon,
    describedBy,
    execute: () => model.refresh()
  });
  commands.addCommand(CommandIDs.collapseAll, {
    label: trans.__('Collapse All'),
    describedBy,
    isEnabled: () => model.session !== null,
    execute: () => model.session?.catalogue.collapseAll()
  });
  commands.addCommand(CommandIDs.makeDemo, {
    label: trans.__('Make the Demo Sky'),
    describedBy,
    isVisible: () => model.session?.connection.has('demo') ?? false,
    isEnabled: () => {
      const state = model.session?.demo.state?.state;
      return state === 'absent' || state === 'failed';
    },
    execute: () => model.session?.demo.start()
  });
}

function addNodeCommands(context: ICommandContext): void {
  const { commands, model, writer, trans } = context;
  const describedBy = { args: NODE_ARGUMENTS };
  const target = (args: ReadonlyPartialJSONObject): INode | null =>
    args.table === undefined
      ? (model.session?.catalogue.selected ?? null)
      : (args as unknown as INode);
  const isEnabled = (args: ReadonlyPartialJSONObject) =>
    target(args)?.table !== undefined;

  /** A command on a table or a column; what goes wrong is said, not thrown. */
  const add = (
    id: string,
    options: Omit<CommandRegistry.ICommandOptions, 'execute'>,
    execute: (node: INode, table: QueryTable) => Promise<void> | void
  ) =>
    commands.addCommand(id, {
      ...options,
      describedBy,
      isEnabled,
      execute: async args => {
        const node = target(args);
        if (!node || node.table === undefined) {
          return;
        }
        const table = await model.session?.catalogue.ask(node);
        try {
          await execute(
            node,
            table ?? { schema: node.schema, name: node.table }
          );
        } catch (reason) {
          if (!(reason instanceof InsertError)) {
            throw reason;
          }
          refuse(context, node, reason);
        }
      }
    });

  add(
    CommandIDs.insertQuery,
    { label: trans.__('Insert into Notebook') },
    (node, table) => writer.insertCell(snippet(model, node, table))
  );
  add(
    CommandIDs.insertName,
    { label: trans.__('Insert Name at Cursor'), icon: intoCellIcon },
    (node, table) => writer.insertText(nameIn(node, table))
  );
  add(
    CommandIDs.copyQuery,
    { label: trans.__('Copy Query'), icon: copyIcon },
    (node, table) => {
      Clipboard.copyToSystem(queryOf(node, table));
      Notification.success(trans.__('Query copied'), { autoClose: 2000 });
    }
  );
  add(CommandIDs.copyName, { label: trans.__('Copy Name') }, (node, table) =>
    Clipboard.copyToSystem(nameIn(node, table))
  );
  add(
    CommandIDs.preview,
    { label: trans.__('Preview First Rows') },
    async (node, table) => {
      const session = model.session;
      if (!session || !table.columns) {
        return;
      }
      if (fullName(session.catalogue.selected ?? node) !== fullName(node)) {
        session.catalogue.select({ schema: node.schema, table: node.table });
      }
      await session.preview.show(table as ITable);
    }
  );
}

/** The ADQL for a table or for a column. */
export function queryOf(node: INode, table: QueryTable): string {
  return node.column === undefined
    ? tableQuery(table)
    : columnQuery(table, node.column);
}

/** The name of a table or of a column, as a query writes it. */
export function nameIn(node: INode, table: QueryTable): string {
  return node.column === undefined
    ? quoteTable(table)
    : columnName(table, node.column);
}

/** The Python code for a table or for a column of the chosen service. */
export function snippet(
  model: DataLabModel,
  node: INode,
  table: QueryTable
): string {
  return pythonQuery(queryOf(node, table), model.session?.service.name);
}

/** Say why nothing was inserted, and offer the clipboard. */
function refuse(
  { commands, trans }: ICommandContext,
  node: INode,
  reason: InsertError
): void {
  Notification.warning(reason.message, {
    autoClose: 8000,
    actions: [
      {
        label: trans.__('Copy query'),
        callback: () => void commands.execute(CommandIDs.copyQuery, { ...node })
      }
    ]
  });
}

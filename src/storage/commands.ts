import { Clipboard, Dialog, showDialog } from '@jupyterlab/apputils';
import type { IDocumentManager } from '@jupyterlab/docmanager';
import type { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import type { TranslationBundle } from '@jupyterlab/translation';
import {
  copyIcon,
  deleteIcon,
  downloadIcon,
  editIcon,
  fileUploadIcon,
  newFolderIcon,
  refreshIcon
} from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { IStorageApi, IStorageNode } from '../api';
import { intoCellIcon } from '../icons';
import type { DataLabModel, IOwn } from '../model';
import { reportFailure } from '../panel/notices';
import type { NotebookWriter } from '../snippets/notebooks';
import { codeOf } from './dragging';
import { drivePath, vosUri } from './paths';

export namespace StorageCommandIDs {
  export const show = 'datalab-storage:show';
  export const open = 'datalab-storage:open';
  export const insertCode = 'datalab-storage:insert-code';
  export const download = 'datalab-storage:download';
  export const copyToFiles = 'datalab-storage:copy-to-files';
  export const copyFromFiles = 'datalab-storage:copy-from-files';
  export const rename = 'datalab-storage:rename';
  export const duplicate = 'datalab-storage:duplicate';
  export const remove = 'datalab-storage:delete';
  export const copyPath = 'datalab-storage:copy-path';
  export const setPublic = 'datalab-storage:set-public';
  export const newFolder = 'datalab-storage:new-folder';
  export const upload = 'datalab-storage:upload';
  export const refresh = 'datalab-storage:refresh';
}

/** What the commands work with. */
export interface IStorageCommandContext {
  commands: CommandRegistry;
  model: DataLabModel;
  api: Pick<IStorageApi, 'downloadUrl'>;
  documents: IDocumentManager | null;
  files: IDefaultFileBrowser | null;
  writer: NotebookWriter;
  trans: TranslationBundle;
  /** Bring the panel to the front. */
  show: () => void;
}

/** Add the commands of the storage's file browser; they work on what is chosen there. */
export function addStorageCommands(context: IStorageCommandContext): void {
  const { commands, model, trans } = context;
  const own = () => model.session?.own ?? null;
  const chosen = () => own()?.storage.selected ?? [];
  const isFile = (node: IStorageNode) => node.type !== 'container';
  const one = () => chosen().length === 1;

  /** A command; what goes wrong is said, not thrown. */
  const add = (
    id: string,
    options: Omit<CommandRegistry.ICommandOptions, 'execute'>,
    execute: (own: IOwn, nodes: IStorageNode[]) => Promise<unknown> | unknown,
    isEnabled: () => boolean = () => chosen().length > 0
  ) =>
    commands.addCommand(id, {
      ...options,
      describedBy: { args: { type: 'object', properties: {} } },
      isEnabled: () => own()?.account.isKnown === true && isEnabled(),
      execute: async () => {
        const current = own();
        if (current) {
          await reportFailure(trans, async () => {
            await execute(current, current.storage.selected);
          });
        }
      }
    });
  const always = () => true;

  commands.addCommand(StorageCommandIDs.show, {
    label: trans.__('Data Lab Storage'),
    caption: trans.__('Browse your files at the Data Lab'),
    describedBy: { args: { type: 'object', properties: {} } },
    execute: () => {
      context.show();
      model.view = 'storage';
    }
  });
  add(
    StorageCommandIDs.open,
    { label: trans.__('Open') },
    async ({ storage }, nodes) => {
      if (nodes.length === 1 && !isFile(nodes[0])) {
        await storage.open(nodes[0].path);
        return;
      }
      for (const { path } of nodes.filter(isFile)) {
        context.documents?.openOrReveal(drivePath(path));
      }
    }
  );
  add(
    StorageCommandIDs.insertCode,
    { label: trans.__('Insert into Notebook'), icon: intoCellIcon },
    (_, nodes) => context.writer.insertCell(nodes.map(codeOf).join('\n\n'))
  );
  add(
    StorageCommandIDs.download,
    { label: trans.__('Download'), icon: downloadIcon },
    (_, nodes) => nodes.filter(isFile).forEach(node => download(context, node)),
    () => chosen().some(isFile)
  );
  add(
    StorageCommandIDs.copyToFiles,
    {
      label: () =>
        trans.__(
          'Copy to Jupyter’s Files (%1)',
          context.files?.model.path.split('/').pop() || trans.__('top folder')
        ),
      isVisible: () => context.files !== null
    },
    ({ copies }, nodes) =>
      copies.copy(
        nodes.map(node => drivePath(node.path)),
        context.files?.model.path ?? ''
      )
  );
  add(
    StorageCommandIDs.copyFromFiles,
    {
      label: trans.__('Copy to Data Lab Storage'),
      isVisible: () => own()?.account.isKnown === true
    },
    async ({ copies, storage }) => {
      const paths = [...(context.files?.selectedItems() ?? [])].map(
        item => item.path
      );
      await copies.copy(paths, drivePath(storage.path));
      await storage.refresh();
    },
    () => context.files !== null
  );
  add(
    StorageCommandIDs.rename,
    { label: trans.__('Rename'), icon: editIcon },
    ({ storage }, [node]) => storage.setRenaming(node.path),
    one
  );
  add(
    StorageCommandIDs.duplicate,
    { label: trans.__('Duplicate'), icon: copyIcon },
    ({ storage }, nodes) => storage.duplicate(nodes.map(node => node.path))
  );
  add(
    StorageCommandIDs.remove,
    { label: trans.__('Delete'), icon: deleteIcon },
    async ({ storage, account }, nodes) => {
      if (await confirmDelete(trans, nodes)) {
        await storage.delete(nodes.map(node => node.path));
        account.look();
      }
    }
  );
  add(
    StorageCommandIDs.copyPath,
    { label: trans.__('Copy vos:// Address') },
    (_, nodes) =>
      Clipboard.copyToSystem(nodes.map(({ path }) => vosUri(path)).join('\n'))
  );
  add(
    StorageCommandIDs.setPublic,
    {
      label: () =>
        chosen().some(node => !node.public)
          ? trans.__('Let Everybody Read')
          : trans.__('Keep Private')
    },
    async ({ storage }, nodes) => {
      const isPublic = nodes.some(node => !node.public);
      for (const { path } of nodes) {
        await storage.setPublic(path, isPublic);
      }
    }
  );
  add(
    StorageCommandIDs.newFolder,
    { label: trans.__('New Folder'), icon: newFolderIcon },
    ({ storage }) => storage.makeFolder(),
    always
  );
  add(
    StorageCommandIDs.upload,
    { label: trans.__('Upload Files'), icon: fileUploadIcon },
    async ({ copies, storage, account }) => {
      const folder = storage.path;
      await copies.upload(await chooseFiles(), folder);
      await storage.refresh();
      account.look();
    },
    always
  );
  add(
    StorageCommandIDs.refresh,
    { label: trans.__('Refresh'), icon: refreshIcon },
    ({ storage, account }) => {
      account.look();
      return storage.refresh();
    },
    always
  );
}

/** Let the user choose files of their computer. */
function chooseFiles(): Promise<File[]> {
  return new Promise(resolve => {
    const input = document.createElement('input');
    input.type = 'file';
    input.multiple = true;
    input.onchange = () => resolve([...(input.files ?? [])]);
    input.oncancel = () => resolve([]);
    input.click();
  });
}

function download(
  { api }: Pick<IStorageCommandContext, 'api'>,
  node: IStorageNode
): void {
  const link = document.createElement('a');
  link.href = api.downloadUrl(node.path);
  link.download = node.name;
  link.click();
}

async function confirmDelete(
  trans: TranslationBundle,
  nodes: IStorageNode[]
): Promise<boolean> {
  const folders = nodes.some(node => node.type === 'container');
  const what =
    nodes.length === 1
      ? trans.__('“%1”', nodes[0].name)
      : trans.__('%1 files and folders', nodes.length);
  const answer = await showDialog({
    title: trans.__('Delete %1?', what),
    body: folders
      ? trans.__('Everything inside goes with it. This cannot be undone.')
      : trans.__('This cannot be undone.'),
    buttons: [
      Dialog.cancelButton(),
      Dialog.warnButton({ label: trans.__('Delete') })
    ],
    defaultButton: 0
  });
  return answer.button.accept;
}

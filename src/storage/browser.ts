import { Dialog, showDialog } from '@jupyterlab/apputils';
import type { DocumentRegistry } from '@jupyterlab/docregistry';
import type { Contents } from '@jupyterlab/services';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import { fileIcon, folderIcon } from '@jupyterlab/ui-components';
import { Account } from '../account/account';
import type { DataLabApi, IStorageNode } from '../api';
import type { IOwn } from '../model';
import type { Choice } from './copies';
import { Copies } from './copies';
import { isOnDrive } from './paths';
import { Storage } from './storage';
import { Tasks } from './tasks';

/** Make what a user has of their own at a Data Lab. */
export function makeOwn(
  api: DataLabApi,
  contents: Contents.IManager,
  trans: TranslationBundle,
  visible: () => boolean
): IOwn {
  const account = new Account(api, visible);
  const storage = new Storage(api, contents);
  const copies = new Copies(
    api,
    new Tasks(),
    () => account.info?.storage ?? null,
    name => askWhatToDo(trans, name)
  );
  // What a document saves is to be seen, too.
  const onFileChanged = (_: unknown, { newValue }: Contents.IChangedArgs) => {
    if (storage.nodes && isOnDrive(newValue?.path ?? '')) {
      void storage.refresh();
      account.look();
    }
  };
  contents.fileChanged.connect(onFileChanged);
  storage.disposed.connect(() =>
    contents.fileChanged.disconnect(onFileChanged)
  );
  return { account, storage, copies };
}

/** The icon of a file, as JupyterLab's own file browser has it. */
export function iconOf(
  registry: DocumentRegistry | null,
  node: IStorageNode
): LabIcon {
  if (node.type === 'container') {
    return folderIcon;
  }
  const [type] = registry?.getFileTypesForPath(node.name) ?? [];
  return type?.icon ?? fileIcon;
}

async function askWhatToDo(
  trans: TranslationBundle,
  name: string
): Promise<Choice> {
  const choices: [Choice, Dialog.IButton][] = [
    ['skip', Dialog.cancelButton({ label: trans.__('Skip') })],
    ['keep-both', Dialog.okButton({ label: trans.__('Keep both') })],
    ['replace', Dialog.warnButton({ label: trans.__('Replace') })]
  ];
  const answer = await showDialog({
    title: trans.__('“%1” is there already', name),
    body: trans.__('Replace it, or keep both files?'),
    buttons: choices.map(([, button]) => button),
    defaultButton: 1
  });
  const chosen = choices.find(([, { label }]) => label === answer.button.label);
  return chosen?.[0] ?? 'skip';
}

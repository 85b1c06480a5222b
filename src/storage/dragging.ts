import type { FileBrowser } from '@jupyterlab/filebrowser';
import type { Drag } from '@lumino/dragdrop';
import type { IStorageNode } from '../api';
import { SnippetDrag } from '../snippets/drag';
import type { NotebookWriter } from '../snippets/notebooks';
import { vosUri } from './paths';
import { fileCode, folderCode } from './snippets';

/** What a drag of the storage's files carries: their paths. */
const STORAGE_MIME = 'application/x-datalab-storage';

/** What a drag of JupyterLab's file browsers carries: their paths. */
const FILES_MIME = 'application/x-jupyter-icontents';

/** Marks what a drag would be dropped on. */
const TARGET_CLASS = 'jp-DataLab-dropTarget';

/** A drag as `@lumino/dragdrop` tells it to an element. */
type DragEvent_ = Drag.Event;

/** Drag files: into a notebook as code, or to another folder. */
export async function dragFiles(
  writer: NotebookWriter,
  nodes: IStorageNode[],
  { clientX, clientY, altKey }: PointerEvent
): Promise<void> {
  const codes = nodes.map(codeOf);
  const drag = new SnippetDrag({
    label: nodes.length === 1 ? nodes[0].name : `${nodes.length} files`,
    text: nodes.map(node => vosUri(node.path)).join('\n'),
    code: altKey || writer.foreignLanguage ? null : codes.join('\n\n')
  });
  drag.carry(
    STORAGE_MIME,
    nodes.map(node => node.path)
  );
  await drag.start(clientX, clientY);
}

/** A file or folder as the code that reads or lists it. */
export function codeOf(node: IStorageNode): string {
  return node.type === 'container'
    ? folderCode(node.path)
    : fileCode(node.path);
}

/** Where a drag may be dropped. */
export interface IDropPlace {
  /** The element to mark, null to mark none. */
  element: Element | null;
  /** The folder that takes the files. */
  folder: string;
}

/** What becomes of dropped files. */
export interface IDropHandlers {
  /** Where a drag over this element would go; null where it may not. */
  placeOf: (event: DragEvent_) => IDropPlace | null;
  /** Files of the storage were dropped. */
  onStorage?: (paths: string[], folder: string) => void;
  /** Files of the Jupyter server were dropped. */
  onFiles?: (paths: string[], folder: string) => void;
}

/**
 * Let files be dropped on an element.
 *
 * It listens before those inside do: JupyterLab's own file browser takes every
 * drag of files for one of its own drive.
 *
 * @returns How to listen no more.
 */
export function acceptDrops(
  element: HTMLElement,
  handlers: IDropHandlers
): () => void {
  let marked: Element | null = null;
  const mark = (next: Element | null) => {
    if (next !== marked) {
      marked?.classList.remove(TARGET_CLASS);
      next?.classList.add(TARGET_CLASS);
      marked = next;
    }
  };
  const listen = (untyped: Event) => {
    const event = untyped as DragEvent_;
    const take = takerOf(event, handlers);
    if (!take) {
      return;
    }
    const place = handlers.placeOf(event);
    event.preventDefault();
    event.stopPropagation();
    if (event.type === 'lm-dragleave') {
      mark(null);
      return;
    }
    event.dropAction = place ? event.proposedAction : 'none';
    mark(event.type === 'lm-drop' ? null : (place?.element ?? null));
    if (event.type === 'lm-drop' && place) {
      take(place.folder);
    }
  };
  const types = ['lm-dragenter', 'lm-dragleave', 'lm-dragover', 'lm-drop'];
  types.forEach(type => element.addEventListener(type, listen, true));
  return () => {
    mark(null);
    types.forEach(type => element.removeEventListener(type, listen, true));
  };
}

/** Let files of the storage be dropped on JupyterLab's own file browser. */
export function acceptInFileBrowser(
  browser: FileBrowser,
  onStorage: (paths: string[], folder: string) => void
): void {
  acceptDrops(browser.node, {
    placeOf: event => {
      const model = browser.modelForClick(event);
      const isFolder = model?.type === 'directory';
      const item = (event.target as Element).closest('.jp-DirListing-item');
      return {
        element: isFolder
          ? item
          : browser.node.querySelector('.jp-DirListing-content'),
        folder: isFolder ? model.path : browser.model.path
      };
    },
    onStorage
  });
}

function takerOf(
  event: DragEvent_,
  { onStorage, onFiles }: IDropHandlers
): ((folder: string) => void) | null {
  const paths = (type: string) => event.mimeData.getData(type) as string[];
  if (onStorage && event.mimeData.hasData(STORAGE_MIME)) {
    return folder => onStorage(paths(STORAGE_MIME), folder);
  }
  if (onFiles && event.mimeData.hasData(FILES_MIME)) {
    return folder => onFiles(paths(FILES_MIME), folder);
  }
  return null;
}

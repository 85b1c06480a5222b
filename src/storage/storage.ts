import type { Contents } from '@jupyterlab/services';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { IStorageApi, IStorageNode } from '../api';
import { ApiError, asApiError } from '../api';
import { drivePath, join, nameOf, parentOf } from './paths';

/** What JupyterLab's contents manager does for the file browser. */
export type StorageContents = Pick<
  Contents.IManager,
  'copy' | 'delete' | 'newUntitled' | 'rename'
>;

/** What the list is ordered by. */
export type Order = 'name' | 'modified' | 'size';

/**
 * One folder of the virtual storage, as the file browser shows it.
 *
 * It knows what is listed, chosen and being renamed. What takes its time is
 * the business of `Copies`.
 */
export class Storage {
  constructor(
    private _api: Pick<IStorageApi, 'folder' | 'setPublic'>,
    private _contents: StorageContents,
    path = ''
  ) {
    this._path = path;
  }

  /** Emitted when something a user can see has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted when it is of no use any more. */
  get disposed(): ISignal<this, void> {
    return this._disposed;
  }

  /** The folder that is shown; empty for the root. */
  get path(): string {
    return this._path;
  }

  /** What is in the folder, in order; null until it is known. */
  get nodes(): IStorageNode[] | null {
    return this._nodes;
  }

  /** Whether there is more in the folder than is listed. */
  get partial(): boolean {
    return this._next !== null;
  }

  get loading(): boolean {
    return this._loading !== null;
  }

  /** Why the folder could not be read. */
  get error(): ApiError | null {
    return this._error;
  }

  get order(): Order {
    return this._order;
  }

  get descending(): boolean {
    return this._descending;
  }

  /** The chosen files and folders, in the order of the list. */
  get selected(): IStorageNode[] {
    return (this._nodes ?? []).filter(node => this._selected.has(node.path));
  }

  /** The path whose name is being changed. */
  get renaming(): string | null {
    return this._renaming;
  }

  /**
   * The path that is to have the focus once the folder is listed: the one that
   * was left, or the first when it is empty. Null when nobody asked for it.
   */
  get focused(): string | null {
    return this._focused;
  }

  isSelected(node: IStorageNode): boolean {
    return this._selected.has(node.path);
  }

  has(name: string): boolean {
    return this._nodes?.some(node => node.name === name) ?? false;
  }

  /** Show another folder. */
  async open(path: string): Promise<void> {
    if (path !== this._path) {
      this._focused = parentOf(this._path) === path ? this._path : '';
      this._path = path;
      this._nodes = null;
      this._next = null;
      this._selected.clear();
      this._renaming = null;
    }
    await this.refresh();
  }

  /** Read the folder again, keeping it in sight until the answer is here. */
  async refresh(): Promise<void> {
    const shown = this._nodes?.length ?? 0;
    await this._load(async path => {
      const nodes: IStorageNode[] = [];
      let next: string | null = '';
      do {
        const page = await this._api.folder(path, next);
        nodes.push(...page.children);
        next = page.next;
      } while (next !== null && nodes.length < shown);
      return { nodes, next };
    });
  }

  /** Read more of a long folder. */
  async more(): Promise<void> {
    const [before, after] = [this._nodes, this._next];
    if (!before || after === null || this._loading) {
      return;
    }
    await this._load(async path => {
      const page = await this._api.folder(path, after);
      return { nodes: [...before, ...page.children], next: page.next };
    });
  }

  /** Forget everything: somebody else is here. */
  reset(): void {
    this._path = '';
    this._focused = null;
    this._nodes = null;
    this._next = null;
    this._error = null;
    this._loading = null;
    this._selected.clear();
    this._renaming = null;
    this._changed.emit();
  }

  /** Choose these paths and no others. */
  select(paths: string[]): void {
    this._selected = new Set(paths);
    this._changed.emit();
  }

  sort(order: Order): void {
    this._descending =
      order === this._order ? !this._descending : order !== 'name';
    this._order = order;
    this._nodes = this._nodes && this._sorted(this._nodes);
    this._changed.emit();
  }

  /** Begin, or leave off, changing a name. */
  setRenaming(path: string | null): void {
    this._renaming = path;
    this._changed.emit();
  }

  async rename(path: string, name: string): Promise<void> {
    this._renaming = null;
    this._changed.emit();
    if (name && name !== nameOf(path)) {
      checkName(name);
      await this.move(path, join(parentOf(path), name));
      this.select([join(parentOf(path), name)]);
    }
  }

  /** Move a file or folder within the storage. */
  async move(path: string, target: string): Promise<void> {
    await this._contents.rename(drivePath(path), drivePath(target));
    await this.refresh();
  }

  /** Make a folder, and let its name be changed at once. */
  async makeFolder(): Promise<void> {
    const made = await this._contents.newUntitled({
      path: drivePath(this._path),
      type: 'directory'
    });
    const path = join(this._path, made.name);
    await this.refresh();
    this.select([path]);
    this.setRenaming(path);
  }

  /** Copy files and folders within this folder. */
  async duplicate(paths: string[]): Promise<void> {
    for (const path of paths) {
      await this._contents.copy(drivePath(path), drivePath(parentOf(path)));
    }
    await this.refresh();
  }

  async delete(paths: string[]): Promise<void> {
    try {
      for (const path of paths) {
        await this._contents.delete(drivePath(path));
      }
    } finally {
      await this.refresh();
    }
  }

  async setPublic(path: string, isPublic: boolean): Promise<void> {
    await this._api.setPublic(path, isPublic);
    await this.refresh();
  }

  dispose(): void {
    this._disposed.emit();
    Signal.clearData(this);
  }

  private async _load(
    read: (
      path: string
    ) => Promise<{ nodes: IStorageNode[]; next: string | null }>
  ): Promise<void> {
    const loading = (this._loading = {});
    const path = this._path;
    this._changed.emit();
    try {
      const { nodes, next } = await read(path);
      if (this._loading !== loading) {
        return;
      }
      this._next = next;
      this._nodes = this._sorted(nodes);
      this._error = null;
      const paths = new Set(nodes.map(node => node.path));
      this._selected = new Set([...this._selected].filter(p => paths.has(p)));
    } catch (reason) {
      if (this._loading !== loading) {
        return;
      }
      this._error = asApiError(reason);
    }
    this._loading = null;
    this._changed.emit();
  }

  /** Folders first; a part of a long list stays in the order it came in. */
  private _sorted(nodes: IStorageNode[]): IStorageNode[] {
    if (this._next !== null) {
      return nodes;
    }
    const sign = this._descending ? -1 : 1;
    return [...nodes].sort(
      (a, b) =>
        Number(b.type === 'container') - Number(a.type === 'container') ||
        sign * ORDERS[this._order](a, b) ||
        ORDERS.name(a, b)
    );
  }

  private _changed = new Signal<this, void>(this);
  private _descending = false;
  private _disposed = new Signal<this, void>(this);
  private _error: ApiError | null = null;
  private _focused: string | null = null;
  /** The request under way; an answer to an earlier one is not looked at. */
  private _loading: object | null = null;
  private _next: string | null = null;
  private _nodes: IStorageNode[] | null = null;
  private _order: Order = 'name';
  private _path: string;
  private _renaming: string | null = null;
  private _selected = new Set<string>();
}

/** As people count: `field2` comes before `field10`. */
const collator = new Intl.Collator(undefined, { numeric: true });

const ORDERS: Record<Order, (a: IStorageNode, b: IStorageNode) => number> = {
  name: (a, b) => collator.compare(a.name, b.name),
  modified: (a, b) => Date.parse(a.modified) - Date.parse(b.modified),
  size: (a, b) => a.size - b.size
};

/** Refuse a name that would be a path. */
function checkName(name: string): void {
  if (name.includes('/') || name === '.' || name === '..') {
    throw new ApiError(
      'service',
      `“${name}” cannot be the name of a file.`,
      'Leave out the slash.'
    );
  }
}

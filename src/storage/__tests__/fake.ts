import type { IStorageApi, IStorageNode, ITransfer } from '../../api';
import { ApiError } from '../../api';
import type { ISend } from '../../api/upload';
import { join, nameOf, parentOf } from '../paths';
import type { StorageContents } from '../storage';

/** A virtual storage in memory: sizes by path, -1 for a folder. */
export class FakeStorage implements IStorageApi {
  /** How many nodes a page has. */
  page = 500;
  asked: string[] = [];
  broken: ApiError | null = null;
  nodes = new Map<string, number>([
    ['notes.txt', 10],
    ['field10.csv', 300],
    ['field2.csv', 200],
    ['public', -1],
    ['public/map.png', 4000]
  ]);
  transfers = new Map<string, ITransfer[]>();

  async folder(path: string, after = '') {
    this.asked.push(`folder ${path} ${after}`.trim());
    await new Promise(resolve => setTimeout(resolve, 2));
    if (this.broken) {
      throw this.broken;
    }
    const inside = [...this.nodes.keys()]
      .filter(name => parentOf(name) === path)
      .sort()
      .map(name => this._node(name));
    const rest = inside.filter(({ name }) => name > after);
    const children = rest.slice(0, this.page);
    const more = rest.length > children.length;
    return {
      ...this._node(path),
      children,
      next: more ? children[children.length - 1].name : null
    };
  }

  async setPublic(path: string, isPublic: boolean) {
    this.asked.push(`public ${path} ${isPublic}`);
    return this._node(path);
  }

  async upload(path: string, file: Blob, { replace, onProgress }: ISend) {
    this.asked.push(`upload ${path} ${replace}`);
    onProgress?.(file.size);
    this._take(path, replace === true);
    this.nodes.set(path, file.size);
  }

  downloadUrl(path: string) {
    return `http://here/${path}`;
  }

  async startTransfer(source: string, target: string, replace: boolean) {
    this.asked.push(`transfer ${source} ${target} ${replace}`);
    this._take(target.replace(/^vos:/, ''), replace);
    const base = { id: source, source, target, error: null, size_bytes: 100 };
    this.transfers.set(source, [
      { ...base, state: 'running', done_bytes: 40 },
      { ...base, state: 'done', done_bytes: 100 }
    ]);
    return { ...base, state: 'running' as const, done_bytes: 0 };
  }

  async transfer(id: string) {
    const states = this.transfers.get(id)!;
    return states.length > 1 ? states.shift()! : states[0];
  }

  async cancelTransfer(id: string) {
    this.asked.push(`cancel ${id}`);
    return this.transfers.get(id)![0];
  }

  /** What JupyterLab's contents manager would do. */
  readonly contents = {
    rename: async (from: string, to: string) => {
      this.asked.push(`rename ${from} ${to}`);
      const [old, path] = [from.slice(4), to.slice(4)];
      this.nodes.set(path, this.nodes.get(old)!);
      this.nodes.delete(old);
    },
    delete: async (path: string) => {
      this.asked.push(`delete ${path}`);
      this.nodes.delete(path.slice(4));
    },
    copy: async (path: string, folder: string) => {
      this.asked.push(`copy ${path} ${folder}`);
    },
    newUntitled: async ({ path }: { path: string }) => {
      const name = 'Untitled Folder';
      this.nodes.set(join(path.slice(4), name), -1);
      return { name };
    }
  } as unknown as StorageContents;

  private _take(path: string, replace: boolean): void {
    if (this.nodes.has(path) && !replace) {
      throw new ApiError('service', 'It is there.', '', 'exists');
    }
  }

  private _node(path: string): IStorageNode {
    const size = this.nodes.get(path) ?? -1;
    return {
      path,
      name: nameOf(path),
      type: size < 0 ? 'container' : 'data',
      size: Math.max(0, size),
      modified: new Date(2026, 0, 1, 0, 0, size).toISOString(),
      content_type: null,
      public: false,
      groupread: [],
      writable: true
    };
  }
}

import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';
import type { IStorageNode } from '../../api';
import type { IOwn } from '../../model';
import { usePanel } from '../../panel/context';
import { reportFailure } from '../../panel/notices';
import { StorageCommandIDs } from '../commands';
import { acceptDrops } from '../dragging';
import { drivePath, isOnDrive, join, nameOf, parentOf } from '../paths';
import type { Order } from '../storage';
import { FileRow } from './FileRow';
import { onListKey } from './keyboard';

/** The height of a line before it is measured, in pixels. */
const ROW_HEIGHT = 26;

/** What is in the folder; only the lines in sight are in the page. */
export function FileList({ own }: { own: IOwn }): JSX.Element {
  const { commands, trans, dragFiles } = usePanel();
  const { storage } = own;
  const nodes = storage.nodes ?? [];
  const list = React.useRef<HTMLDivElement>(null);
  // The list of another folder is another one, and has the focus of the last.
  const isFocusing = React.useRef(storage.focused !== null);
  const [currentPath, setCurrent] = React.useState(storage.focused ?? '');
  const known = nodes.findIndex(node => node.path === currentPath);
  const current = Math.max(0, known);
  const virtual = useVirtualizer({
    count: nodes.length,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: index => nodes[index].path,
    getScrollElement: () => list.current,
    overscan: 8,
    // The line with the focus stays in the page, or the focus would be lost.
    rangeExtractor: range => [
      ...new Set([...defaultRangeExtractor(range), current].sort(ascending))
    ]
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  const atEnd = storage.partial && last >= nodes.length - 1;
  React.useEffect(() => {
    if (atEnd) {
      void storage.more();
    }
  }, [atEnd, nodes.length, storage]);

  React.useLayoutEffect(() => {
    if (isFocusing.current && nodes.length) {
      virtual.scrollToIndex(current);
      const row = list.current?.querySelector<HTMLElement>(
        `[data-index="${current}"]`
      );
      row?.focus({ preventScroll: true });
      // Before the list is measured there are no lines in it.
      isFocusing.current = !row;
    }
  });
  // What is being renamed is to be seen, also in a long list.
  const renamed = nodes.findIndex(node => node.path === storage.renaming);
  React.useEffect(() => {
    if (renamed >= 0) {
      virtual.scrollToIndex(renamed);
    }
  }, [renamed, virtual]);

  const focus = (index: number) => {
    const node = nodes[Math.min(Math.max(0, index), nodes.length - 1)];
    if (node) {
      isFocusing.current = true;
      setCurrent(node.path);
    }
  };
  const selectTo = (index: number) => {
    const [from, to] = [current, index].sort(ascending);
    storage.select(nodes.slice(from, to + 1).map(node => node.path));
  };
  const toggle = (node: IStorageNode) => {
    const paths = storage.selected.map(({ path }) => path);
    storage.select(
      paths.includes(node.path)
        ? paths.filter(path => path !== node.path)
        : [...paths, node.path]
    );
  };
  const click = (event: React.MouseEvent, index: number) => {
    if (event.shiftKey) {
      selectTo(index);
    } else if (event.ctrlKey || event.metaKey) {
      toggle(nodes[index]);
      focus(index);
    } else {
      storage.select([nodes[index].path]);
      focus(index);
    }
  };
  const choose = (node: IStorageNode) => {
    if (!storage.isSelected(node)) {
      storage.select([node.path]);
    }
  };
  const run = (command: string) => void commands.execute(command);

  return (
    <div
      ref={list}
      className="jp-DataLab-files"
      role="listbox"
      aria-multiselectable="true"
      aria-label={trans.__('Files in %1', storage.path || trans.__('Storage'))}
      aria-busy={storage.loading || undefined}
      onKeyDown={event =>
        onListKey(event, {
          nodes,
          current,
          focus: (index, extend) => {
            const next = Math.min(Math.max(0, index), nodes.length - 1);
            if (extend) {
              selectTo(next);
            } else if (nodes[next]) {
              storage.select([nodes[next].path]);
            }
            focus(next);
          },
          choose,
          selectAll: () => storage.select(nodes.map(node => node.path)),
          up: () => {
            if (storage.path) {
              void storage.open(parentOf(storage.path));
            }
          },
          open: () => run(StorageCommandIDs.open),
          rename: () => run(StorageCommandIDs.rename),
          remove: () => run(StorageCommandIDs.remove)
        })
      }
    >
      <div
        role="none"
        className="jp-DataLab-treeRows"
        style={{ height: virtual.getTotalSize() }}
      >
        {items.map(({ index, key, start }) => {
          const node = nodes[index];
          return (
            <FileRow
              key={key}
              node={node}
              index={index}
              total={storage.partial ? -1 : nodes.length}
              start={start}
              selected={storage.isSelected(node)}
              current={index === current}
              renaming={storage.renaming === node.path}
              measure={virtual.measureElement}
              onClick={event => click(event, index)}
              onOpen={() => {
                storage.select([node.path]);
                run(StorageCommandIDs.open);
              }}
              onMenu={() => {
                choose(node);
                focus(index);
              }}
              onRename={name => {
                focus(index);
                void reportFailure(trans, () =>
                  storage.rename(node.path, name)
                );
              }}
              onDrag={move => {
                choose(node);
                void dragFiles(storage.selected, move);
              }}
            />
          );
        })}
      </div>
    </div>
  );
}

/** The names of the columns, which put the list in order. */
export function FileListHeader({ own }: { own: IOwn }): JSX.Element {
  const { trans } = usePanel();
  const { storage } = own;
  const column = (order: Order, label: string) => (
    <button
      className="jp-DataLab-sort"
      data-order={order}
      aria-pressed={storage.order === order}
      disabled={storage.partial}
      title={trans.__('Order by this')}
      onClick={() => storage.sort(order)}
    >
      {label}
      <span aria-hidden="true">
        {storage.order === order && (storage.descending ? ' ↓' : ' ↑')}
      </span>
    </button>
  );
  return (
    <div className="jp-DataLab-fileHeader">
      {column('name', trans.__('Name'))}
      {column('modified', trans.__('Changed'))}
      {column('size', trans.__('Size'))}
    </div>
  );
}

/** Let files be dropped on the folder, on those in it and on the way to it. */
export function useDrops(
  own: IOwn,
  element: React.RefObject<HTMLElement>
): void {
  const { trans } = usePanel();
  const { storage, copies, account } = own;
  React.useEffect(() => {
    if (!element.current) {
      return;
    }
    return acceptDrops(element.current, {
      placeOf: ({ target }) => {
        const folder = (target as Element).closest('[data-folder]');
        const path = folder?.getAttribute('data-folder');
        return typeof path === 'string'
          ? { element: folder, folder: path }
          : { element: element.current, folder: storage.path };
      },
      onStorage: (paths, folder) =>
        void reportFailure(trans, async () => {
          for (const path of paths) {
            const target = join(folder, nameOf(path));
            if (target !== path && folder !== path) {
              await storage.move(path, target);
            }
          }
        }),
      onFiles: (paths, folder) =>
        void reportFailure(trans, async () => {
          const local = paths.filter(path => !isOnDrive(path));
          await copies.copy(local, drivePath(folder));
          await storage.refresh();
          account.look();
        })
    });
  }, [account, copies, element, storage, trans]);
}

function ascending(a: number, b: number): number {
  return a - b;
}

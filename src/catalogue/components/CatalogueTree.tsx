import { defaultRangeExtractor, useVirtualizer } from '@tanstack/react-virtual';
import * as React from 'react';
import { EXAMPLE } from '../../mydb/components/NoTablesYet';
import { usePanel } from '../../panel/context';
import type { Catalogue } from '../catalogue';
import { nodeId } from '../nodes';
import type { Row } from '../tree';
import { flatten, isNodeRow } from '../tree';
import { onTreeKey } from './keyboard';
import { TreeRow } from './TreeRow';

/** The height of a line before it is measured, in pixels. */
const ROW_HEIGHT = 26;

/** Schemas, tables and columns; only the lines in sight are in the page. */
export function CatalogueTree({
  catalogue
}: {
  catalogue: Catalogue;
}): JSX.Element {
  const { trans, insert } = usePanel();
  const rows = flatten(catalogue);
  const { current, focus, tree, isFocusing } = useCurrentRow(rows, catalogue);
  const virtual = useVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: index => rows[index].id,
    getScrollElement: () => tree.current,
    overscan: 8,
    // The line with the focus stays in the page, or the focus would be lost.
    rangeExtractor: range => [
      ...new Set([...defaultRangeExtractor(range), current].sort(ascending))
    ]
  });
  const items = virtual.getVirtualItems();
  useLoadOnScroll(rows, items.at(-1)?.index ?? -1);

  React.useLayoutEffect(() => {
    if (isFocusing.current) {
      virtual.scrollToIndex(current);
      tree.current
        ?.querySelector<HTMLElement>(`[data-index="${current}"]`)
        ?.focus({ preventScroll: true });
      isFocusing.current = false;
    }
  });

  const toggle = (row: Row) => {
    if (isNodeRow(row) && row.kind !== 'column') {
      catalogue.setExpanded(row.node, !row.expanded);
    }
  };
  const activate = (row: Row) => {
    focus(rows.indexOf(row));
    if (row.kind === 'schema') {
      toggle(row);
    } else if (isNodeRow(row)) {
      catalogue.select(row.node);
    } else if (row.kind === 'error') {
      row.retry();
    } else if (row.kind === 'more') {
      row.load();
    } else if (row.kind === 'nothing' && row.own) {
      void insert(EXAMPLE);
    }
  };
  const choose = (row: Row) => {
    focus(rows.indexOf(row));
    if (row.kind === 'table' || row.kind === 'column') {
      catalogue.select(row.node);
    }
  };
  const selected = catalogue.selected && nodeId(catalogue.selected);

  return (
    <div
      ref={tree}
      className="jp-DataLab-tree"
      role="tree"
      aria-label={trans.__('Catalogues')}
      aria-busy={catalogue.found?.loading || undefined}
      onKeyDown={event =>
        onTreeKey(event, { rows, current, focus, toggle, activate, choose })
      }
    >
      <div
        role="none"
        className="jp-DataLab-treeRows"
        style={{ height: virtual.getTotalSize() }}
      >
        {items.map(({ index, key, start }) => (
          <TreeRow
            key={key}
            row={rows[index]}
            index={index}
            start={start}
            filter={catalogue.filter}
            selected={rows[index].id === selected}
            current={index === current}
            measure={virtual.measureElement}
            onActivate={activate}
            onToggle={toggle}
            onMenu={choose}
          />
        ))}
      </div>
    </div>
  );
}

/** The row that Tab comes to; it stays the same while rows come and go. */
function useCurrentRow(rows: Row[], catalogue: Catalogue) {
  const tree = React.useRef<HTMLDivElement>(null);
  const isFocusing = React.useRef(false);
  const [id, setId] = React.useState(
    () => catalogue.selected && nodeId(catalogue.selected)
  );
  const known = rows.findIndex(row => row.id === id);
  const current = Math.max(0, known);
  const focus = (index: number) => {
    const row = rows[Math.min(Math.max(0, index), rows.length - 1)];
    if (row) {
      isFocusing.current = true;
      setId(row.id);
    }
  };
  return { current, focus, tree, isFocusing };
}

/** Read more of a list when its end comes into sight. */
function useLoadOnScroll(rows: Row[], last: number): void {
  const end = rows.slice(0, last + 1).findLast(row => row.kind === 'more');
  const shown = end?.kind === 'more' ? `${end.id} ${end.shown}` : '';
  React.useEffect(() => {
    if (end?.kind === 'more') {
      end.load();
    }
    // `shown` changes when, and only when, there is more to load.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [shown]);
}

function ascending(a: number, b: number): number {
  return a - b;
}

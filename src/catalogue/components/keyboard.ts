import type * as React from 'react';
import { isMenuKey, openMenu, PAGE, TypeAhead } from '../../panel/keys';
import type { Row } from '../tree';
import { isNodeRow } from '../tree';

/** What a key in the tree can do. */
export interface ITreeActions {
  rows: Row[];
  /** The index of the row with the focus. */
  current: number;
  focus: (index: number) => void;
  toggle: (row: Row) => void;
  activate: (row: Row) => void;
  choose: (row: Row) => void;
}

const typed = new TypeAhead();

/** The keys of a tree view (WAI-ARIA Authoring Practices, "Tree View"). */
export function onTreeKey(
  event: React.KeyboardEvent<HTMLElement>,
  actions: ITreeActions
): void {
  const { rows, current, focus } = actions;
  const row = rows[current];
  if (!row || event.ctrlKey || event.metaKey || event.altKey) {
    return;
  }
  if (isMenuKey(event)) {
    actions.choose(row);
    openMenu(event.target as HTMLElement);
  } else if (event.key in MOVES) {
    focus(MOVES[event.key](rows, current));
  } else if (event.key === 'ArrowRight') {
    if ('expanded' in row && !row.expanded) {
      actions.toggle(row);
    } else if (rows[current + 1]?.level > row.level) {
      focus(current + 1);
    }
  } else if (event.key === 'ArrowLeft') {
    if ('expanded' in row && row.expanded) {
      actions.toggle(row);
    } else {
      focus(parentOf(rows, current));
    }
  } else if (event.key === 'Enter' || event.key === ' ') {
    actions.activate(row);
  } else if (event.key.length === 1) {
    focus(typed.find(rows.map(nameOf), current, event.key));
  } else {
    return;
  }
  typed.passed(event.key);
  event.preventDefault();
  event.stopPropagation();
}

const MOVES: Record<string, (rows: Row[], current: number) => number> = {
  ArrowDown: (rows, current) => Math.min(current + 1, rows.length - 1),
  ArrowUp: (_, current) => Math.max(current - 1, 0),
  PageDown: (rows, current) => Math.min(current + PAGE, rows.length - 1),
  PageUp: (_, current) => Math.max(current - PAGE, 0),
  Home: () => 0,
  End: rows => rows.length - 1
};

/** The row that holds another one; itself at the top. */
function parentOf(rows: Row[], index: number): number {
  for (let above = index - 1; above >= 0; above--) {
    if (rows[above].level < rows[index].level) {
      return above;
    }
  }
  return index;
}

function nameOf(row: Row): string {
  return isNodeRow(row)
    ? (row.node.column ?? row.node.table ?? row.node.schema)
    : '';
}

import type * as React from 'react';
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

/** How many rows Page Up and Page Down pass. */
const PAGE = 10;

/** How long letters count as one word, in milliseconds. */
const WORD = 500;

let typed = { text: '', at: 0 };

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
  const isMenuKey =
    event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey);
  if (isMenuKey) {
    openMenu(row, event.target as HTMLElement, actions);
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
    focus(typeAhead(rows, current, event.key));
  } else {
    return;
  }
  if (event.key.length > 1 || event.key === ' ') {
    typed = { text: '', at: 0 }; // what is typed next is another word
  }
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
export function parentOf(rows: Row[], index: number): number {
  for (let above = index - 1; above >= 0; above--) {
    if (rows[above].level < rows[index].level) {
      return above;
    }
  }
  return index;
}

/** The next row whose name begins with what was typed just now. */
function typeAhead(rows: Row[], current: number, key: string): number {
  const now = Date.now();
  const goesOn = now - typed.at < WORD;
  typed = { text: (goesOn ? typed.text : '') + key.toLowerCase(), at: now };
  const from = goesOn ? current : current + 1;
  const order = [...rows.slice(from), ...rows.slice(0, from)];
  const found = order.find(row =>
    nameOf(row).toLowerCase().startsWith(typed.text)
  );
  return found ? rows.indexOf(found) : current;
}

function nameOf(row: Row): string {
  return isNodeRow(row)
    ? (row.node.column ?? row.node.table ?? row.node.schema)
    : '';
}

/** Open the menu of a row where a pointer would have opened it. */
function openMenu(row: Row, element: HTMLElement, actions: ITreeActions): void {
  actions.choose(row);
  const { left, top, height } = element.getBoundingClientRect();
  element.dispatchEvent(
    new MouseEvent('contextmenu', {
      bubbles: true,
      cancelable: true,
      clientX: left + 40,
      clientY: top + height / 2
    })
  );
}

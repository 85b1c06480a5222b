import type * as React from 'react';
import type { IStorageNode } from '../../api';

/** What a key in the list can do. */
export interface IListActions {
  nodes: IStorageNode[];
  /** The index of the row with the focus. */
  current: number;
  focus: (index: number, extend: boolean) => void;
  choose: (node: IStorageNode) => void;
  selectAll: () => void;
  /** Show the folder above. */
  up: () => void;
  open: () => void;
  rename: () => void;
  remove: () => void;
}

/** How many rows Page Up and Page Down pass. */
const PAGE = 10;

/** How long letters count as one word, in milliseconds. */
const WORD = 500;

let typed = { text: '', at: 0 };

/** The keys of a list box (WAI-ARIA Authoring Practices), and those of file browsers. */
export function onListKey(
  event: React.KeyboardEvent<HTMLElement>,
  actions: IListActions
): void {
  const { nodes, current } = actions;
  const node = nodes[current];
  const { key } = event;
  if (key === 'Backspace' || (key === 'ArrowUp' && event.altKey)) {
    actions.up();
  } else if (!node) {
    return;
  } else if ((event.ctrlKey || event.metaKey) && key.toLowerCase() === 'a') {
    actions.selectAll();
  } else if (event.ctrlKey || event.metaKey || event.altKey) {
    return;
  } else if (key in MOVES) {
    actions.focus(MOVES[key](nodes.length, current), event.shiftKey);
  } else if (key === 'ContextMenu' || (key === 'F10' && event.shiftKey)) {
    openMenu(event.target as HTMLElement);
  } else if (key === 'Enter') {
    actions.choose(node);
    actions.open();
  } else if (key === 'F2') {
    actions.choose(node);
    actions.rename();
  } else if (key === 'Delete') {
    actions.choose(node);
    actions.remove();
  } else if (key === ' ') {
    actions.choose(node);
  } else if (key.length === 1) {
    actions.focus(typeAhead(nodes, current, key), false);
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

const MOVES: Record<string, (length: number, current: number) => number> = {
  ArrowDown: (_, current) => current + 1,
  ArrowUp: (_, current) => current - 1,
  PageDown: (_, current) => current + PAGE,
  PageUp: (_, current) => current - PAGE,
  Home: () => 0,
  End: length => length - 1
};

/** The next name that begins with what was typed just now. */
function typeAhead(
  nodes: IStorageNode[],
  current: number,
  key: string
): number {
  const now = Date.now();
  const goesOn = now - typed.at < WORD;
  typed = { text: (goesOn ? typed.text : '') + key.toLowerCase(), at: now };
  const from = goesOn ? current : current + 1;
  const order = [...nodes.slice(from), ...nodes.slice(0, from)];
  const found = order.find(({ name }) =>
    name.toLowerCase().startsWith(typed.text)
  );
  return found ? nodes.indexOf(found) : current;
}

/** Open the menu of a row where a pointer would have opened it. */
function openMenu(element: HTMLElement): void {
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

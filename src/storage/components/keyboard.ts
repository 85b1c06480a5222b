import type * as React from 'react';
import type { IStorageNode } from '../../api';
import { isMenuKey, openMenu, PAGE, TypeAhead } from '../../panel/keys';

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

const typed = new TypeAhead();

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
  } else if (isMenuKey(event)) {
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
    const names = nodes.map(({ name }) => name);
    actions.focus(typed.find(names, current, key), false);
  } else {
    return;
  }
  typed.passed(key);
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

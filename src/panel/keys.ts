import type * as React from 'react';

/** How many rows Page Up and Page Down pass. */
export const PAGE = 10;

/** How long letters count as one word, in milliseconds. */
const WORD = 500;

/** Finds rows by how their names begin, as letters are typed. */
export class TypeAhead {
  /** The next row that begins with what was typed just now; the same one when there is none. */
  find(names: string[], current: number, letter: string): number {
    const now = Date.now();
    const goesOn = now - this._at < WORD;
    this._word = (goesOn ? this._word : '') + letter.toLowerCase();
    this._at = now;
    const from = goesOn ? current : current + 1;
    const begins = (name: string) => name.toLowerCase().startsWith(this._word);
    const below = names.slice(from).findIndex(begins);
    const found = below < 0 ? names.findIndex(begins) : from + below;
    return found < 0 ? current : found;
  }

  /** Take a key: after one that is no letter, what is typed next is another word. */
  passed(key: string): void {
    if (key.length > 1 || key === ' ') {
      this._at = 0;
    }
  }

  private _word = '';
  private _at = 0;
}

/** Whether a key asks for the menu of what has the focus. */
export function isMenuKey({ key, shiftKey }: React.KeyboardEvent): boolean {
  return key === 'ContextMenu' || (key === 'F10' && shiftKey);
}

/** Open the menu of a row where a pointer would have opened it. */
export function openMenu(row: HTMLElement): void {
  const { left, top, height } = row.getBoundingClientRect();
  row.dispatchEvent(
    new MouseEvent('contextmenu', {
      bubbles: true,
      cancelable: true,
      clientX: left + 40,
      clientY: top + height / 2
    })
  );
}

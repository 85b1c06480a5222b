// Finds a table: words to search by, and a list of what matches.

import { input, newId } from './builderparts.mjs';
import { make } from './panel.mjs';

const PAUSE_MS = 180;

export class TablePicker {
  /** `chosen(table)` is called with what the kernel tells of a table in its list. */
  constructor(model, label, chosen) {
    this.model = model;
    this.chosen = chosen;
    this.active = -1;
    this.found = [];
    this.list = make('ul', {
      id: newId(),
      class: 'dl-builder-tables',
      role: 'listbox',
      'aria-label': label,
      hidden: true
    });
    this.words = input(label, '', {
      type: 'search',
      placeholder: 'Search tables by name, description or column',
      role: 'combobox',
      'aria-autocomplete': 'list',
      'aria-expanded': 'false',
      'aria-controls': this.list.id
    });
    this.root = make('div', { class: 'dl-builder-picker' }, this.words, this.list);
    this.words.oninput = () => this.search();
    this.words.onfocus = () => this.search(0);
    this.words.onkeydown = event => this.key(event);
    this.words.onblur = () => setTimeout(() => this.close(), 150);
  }

  search(pause = PAUSE_MS) {
    clearTimeout(this.waiting);
    this.asked = this.words.value;
    this.waiting = setTimeout(() => {
      this.isBusy = true;
      this.open(
        make('li', { class: 'dl-builder-empty', role: 'status', textContent: 'Searching …' })
      );
      this.model.send({ kind: 'search', words: this.asked });
    }, pause);
  }

  /** The kernel has answered some search. */
  answer(told) {
    if (!this.isBusy || told.search !== this.asked) {
      return;
    }
    this.isBusy = false;
    this.found = told.tables;
    this.active = -1;
    if (told.message) {
      this.open(make('li', { class: 'dl-builder-empty', textContent: told.message }));
      return;
    }
    const rows = this.found.map((table, i) => this.row(table, i));
    if (!rows.length) {
      const text = 'No table has these words.';
      rows.push(make('li', { class: 'dl-builder-empty', textContent: text }));
    } else if (told.total > rows.length) {
      const text = `${told.total.toLocaleString('en')} tables match. Write more words.`;
      rows.push(make('li', { class: 'dl-builder-empty', textContent: text }));
    }
    this.open(...rows);
  }

  row(table, i) {
    const rows = table.rows === null ? '' : `${table.rows.toLocaleString('en')} rows`;
    const row = make(
      'li',
      { id: `${this.list.id}-${i}`, role: 'option', 'aria-selected': 'false' },
      make('span', { class: 'dl-builder-name', textContent: table.name }),
      make('small', { textContent: rows }),
      make('span', { class: 'dl-builder-words', textContent: table.description })
    );
    row.onmousedown = event => {
      event.preventDefault();
      this.take(table);
    };
    return row;
  }

  open(...rows) {
    this.list.replaceChildren(...rows);
    this.list.hidden = false;
    this.words.setAttribute('aria-expanded', 'true');
  }

  close() {
    clearTimeout(this.waiting);
    this.isBusy = false;
    this.list.hidden = true;
    this.words.setAttribute('aria-expanded', 'false');
    this.words.removeAttribute('aria-activedescendant');
  }

  take(table) {
    this.words.value = '';
    this.close();
    this.chosen(table);
  }

  key(event) {
    const rows = [...this.list.querySelectorAll('[role=option]')];
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      this.active = Math.max(0, Math.min(rows.length - 1, this.active + step));
      rows.forEach((row, i) => row.setAttribute('aria-selected', i === this.active));
      rows[this.active]?.scrollIntoView({ block: 'nearest' });
      this.words.setAttribute('aria-activedescendant', rows[this.active]?.id ?? '');
    } else if (event.key === 'Enter' && this.found.length && !this.list.hidden) {
      event.preventDefault();
      this.take(this.found[Math.max(0, this.active)]);
    } else if (event.key === 'Escape') {
      this.close();
    }
  }
}

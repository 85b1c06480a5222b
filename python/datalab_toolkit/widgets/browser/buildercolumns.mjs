// Which columns the result has: those of the tables to tick, and expressions to write.

import { bars, cross, input, push, Section, short } from './builderparts.mjs';
import { make } from './panel.mjs';

export class Columns {
  constructor(builder) {
    this.builder = builder;
    this.section = new Section('Columns');
    this.words = '';
    this.filter = input('Filter the columns', '', {
      type: 'search',
      placeholder: 'Filter by name or description'
    });
    this.filter.oninput = () => {
      this.words = this.filter.value.toLowerCase();
      this.list();
    };
    this.rows = make('div', {
      class: 'dl-builder-columns',
      role: 'group',
      'aria-label': 'Columns of the result'
    });
    this.expressions = make('div', { class: 'dl-builder-expressions' });
    const tool = (text, label, which) => push(text, label, () => this.pick(which), 'dl-builder-link');
    this.section.show(
      make(
        'div',
        { class: 'dl-builder-line' },
        this.filter,
        tool('Main', 'Tick the main columns', c => c.principal),
        tool('None', 'Tick no column: all are selected', () => false)
      ),
      this.rows,
      this.expressions
    );
  }

  /** Tick the columns for which something is true, in the order of the table. */
  pick(which) {
    const { draft } = this.builder;
    const plain = this.builder.columns().filter(which);
    const names = new Set(this.builder.columns().map(c => c.value));
    const others = draft.outputs.filter(o => o.name || !names.has(o.value));
    this.builder.change({
      outputs: [...plain.map(c => ({ value: c.value, name: '' })), ...others]
    });
    this.render();
  }

  render() {
    this.list();
    this.listExpressions();
    this.tell();
  }

  tell() {
    const { outputs } = this.builder.draft;
    this.section.tell(outputs.length ? `${outputs.length} chosen` : 'all');
  }

  list() {
    const ticked = new Set(this.builder.draft.outputs.filter(o => !o.name).map(o => o.value));
    const found = this.builder
      .columns()
      .filter(c => `${c.value} ${c.description} ${c.ucd}`.toLowerCase().includes(this.words));
    const none = this.words ? 'No column has these words.' : 'The columns are not known.';
    this.rows.replaceChildren(
      ...found.map(column => this.row(column, ticked.has(column.value))),
      ...(found.length
        ? []
        : [make('p', { class: 'dl-builder-empty', textContent: none })])
    );
  }

  row(column, checked) {
    const box = make('input', { type: 'checkbox', checked });
    box.onchange = () => {
      const { outputs } = this.builder.draft;
      this.builder.change({
        outputs: box.checked
          ? [...outputs, { value: column.value, name: '' }]
          : outputs.filter(o => o.name || o.value !== column.value)
      });
      this.listExpressions(); // they have other places now
      this.tell();
    };
    const picture = make('span', { class: 'dl-builder-spark' });
    if (column.histogram) {
      picture.innerHTML = bars(column.histogram);
    }
    const unit = column.unit ? ` · ${column.unit}` : '';
    return make(
      'label',
      { class: 'dl-builder-column', title: column.description },
      box,
      make('span', { class: 'dl-builder-name', textContent: column.value }),
      make('span', { class: 'dl-builder-type', textContent: `${column.type}${unit}` }),
      picture,
      make('span', { class: 'dl-builder-extent', textContent: extent(column) }),
      make('span', { class: 'dl-builder-words', textContent: column.description })
    );
  }

  listExpressions() {
    const names = new Set(this.builder.columns().map(c => c.value));
    const rows = this.builder.draft.outputs
      .map((output, i) => [output, i])
      .filter(([o]) => o.name || !names.has(o.value))
      .map(([output, i]) => this.expression(output, i));
    this.expressions.replaceChildren(
      ...rows,
      push('+ Expression', 'Add a column that is computed', () => {
        const { outputs } = this.builder.draft;
        this.builder.change({ outputs: [...outputs, { value: '', name: '' }] });
        this.render();
        this.expressions.querySelector(':scope > div:last-of-type input')?.focus();
      })
    );
  }

  expression(output, i) {
    const set = patch => {
      const outputs = this.builder.draft.outputs.map((o, j) => (j === i ? { ...o, ...patch } : o));
      this.builder.change({ outputs });
    };
    const value = input('Expression', output.value, { placeholder: 'gmag - rmag' });
    const name = input('Name of the expression', output.name, { placeholder: 'name' });
    value.oninput = () => set({ value: value.value });
    name.oninput = () => set({ name: name.value.trim() });
    const row = make(
      'div',
      { class: 'dl-builder-row' },
      value,
      make('span', { textContent: 'as' }),
      name,
      cross('Remove this expression', () => {
        const outputs = this.builder.draft.outputs.filter((_, j) => j !== i);
        this.builder.change({ outputs });
        this.render();
      })
    );
    const note = make('p', { class: 'dl-builder-note', 'data-part': `outputs.${i}` });
    return make('div', { class: 'dl-builder-expression' }, row, note);
  }
}

/** Up to so many values a Data Lab counts one by one; of more it tells an estimate. */
const COUNTED = 10_000;

/** The lowest and the highest value, in short; of text, how many values there are. */
export function extent(column) {
  if (column.min !== null && column.min !== undefined && column.kind !== 'text') {
    return `${short(column.min, 4)} … ${short(column.max, 4)}`;
  }
  const { distinct } = column;
  if (!distinct) {
    return '';
  }
  const about = distinct > COUNTED ? 'about ' : '';
  return `${about}${distinct.toLocaleString('en')} different`;
}

// Which rows the result has: one line a condition, each with the control that fits its values.

import { choose, constantOf, cross, input, newId, push, Section, typed } from './builderparts.mjs';
import { Range } from './builderrange.mjs';
import { make } from './panel.mjs';

const NUMBERS = [
  ['range', 'is between'],
  ['>=', 'is at least'],
  ['<=', 'is at most'],
  ['>', 'is above'],
  ['<', 'is below'],
  ['=', 'is'],
  ['<>', 'is not']
];
const TEXTS = [
  ['=', 'is'],
  ['<>', 'is not'],
  ['contains', 'contains'],
  ['begins', 'begins with'],
  ['like', 'fits the pattern']
];
const LISTS = [
  ['in', 'is one of'],
  ['not in', 'is none of']
];
const MISSING = [
  ['present', 'has a value'],
  ['missing', 'is missing']
];
const MOST_VALUES = 24;

/** What is chosen in the middle of a condition. */
function verbOf(row) {
  switch (row.kind) {
    case 'range':
      return 'range';
    case 'compare':
      return row.operator;
    case 'one_of':
      return row.negated ? 'not in' : 'in';
    case 'missing':
      return row.missing ? 'missing' : 'present';
    case 'like':
      return shapeOf(row).verb;
    default:
      return 'written';
  }
}

/** A pattern as one of the simple words, where it is one. */
function shapeOf({ pattern, any_case: anyCase, negated }) {
  const inner = pattern.replace(/^%|%$/g, '');
  if (!negated && !/[%_]/.test(inner)) {
    if (anyCase && pattern.startsWith('%') && pattern.endsWith('%') && pattern.length > 1) {
      return { verb: 'contains', text: inner };
    }
    if (!anyCase && pattern.endsWith('%') && !pattern.startsWith('%')) {
      return { verb: 'begins', text: inner };
    }
  }
  return { verb: 'like', text: pattern };
}

export class Conditions {
  constructor(builder) {
    this.builder = builder;
    this.section = new Section('Conditions');
    this.names = make('datalist', { id: newId() });
    this.rows = make('div', { class: 'dl-builder-conditions' });
    this.tools = make(
      'div',
      { class: 'dl-builder-line' },
      push('+ Condition', 'Add a condition on a column or an expression', () =>
        this.add({ kind: 'compare', value: '', operator: '>=', constant: null })
      ),
      push('+ Written condition', 'Add a condition written in ADQL', () =>
        this.add({ kind: 'written', text: '' })
      )
    );
    this.section.show(this.names, this.rows, this.tools);
  }

  add(row) {
    this.builder.change({ conditions: [...this.builder.draft.conditions, row] });
    this.render();
    this.rows.lastElementChild?.querySelector('input, textarea')?.focus();
  }

  set(i, row) {
    const conditions = this.builder.draft.conditions.map((old, j) => (j === i ? row : old));
    this.builder.change({ conditions });
  }

  render() {
    const { conditions } = this.builder.draft;
    this.ranges = {};
    this.names.replaceChildren(
      ...this.builder.columns().map(c => make('option', { value: c.value, label: c.description }))
    );
    this.rows.replaceChildren(...conditions.map((row, i) => this.row(row, i)));
    if (!conditions.length) {
      const text = 'Every row. Add a condition on a column, or on an expression such as gmag - rmag.';
      this.rows.append(make('p', { class: 'dl-builder-empty', textContent: text }));
    }
    this.section.tell(conditions.length ? String(conditions.length) : 'none');
  }

  /** The histogram of a value has come: its ranges show it. */
  refresh(value) {
    this.builder.draft.conditions.forEach((row, i) => {
      if (row.kind === 'range' && row.value === value) {
        this.ranges[i]?.use(this.builder.values[value]);
      }
    });
  }

  row(row, i) {
    const remove = cross('Remove this condition', () => {
      this.builder.change({ conditions: this.builder.draft.conditions.filter((_, j) => j !== i) });
      this.render();
    });
    const note = make('p', { class: 'dl-builder-note', 'data-part': `conditions.${i}` });
    if (row.kind === 'written') {
      const text = make('textarea', {
        class: 'dl-builder-input dl-builder-code',
        rows: 1,
        value: row.text,
        placeholder: 'gmag < 20 OR rmag < 20',
        'aria-label': 'Condition in ADQL',
        spellcheck: false
      });
      text.oninput = () => this.set(i, { kind: 'written', text: text.value });
      return make('div', { class: 'dl-builder-condition' }, make('div', { class: 'dl-builder-line' }, text, remove), note);
    }
    const value = input('Column or expression', row.value, {
      placeholder: 'column or expression'
    });
    value.setAttribute('list', this.names.id);
    const verb = choose('Kind of condition', [], '');
    const control = make('div', { class: 'dl-builder-control' });
    let column;
    const show = now => {
      column = this.builder.column(now.value);
      verb.replaceChildren(
        ...this.verbs(now, column).map(([v, text]) => make('option', { value: v, textContent: text }))
      );
      verb.value = verbOf(now);
      control.replaceChildren();
      this.fill(control, now, i, column);
    };
    const redo = now => {
      this.set(i, now);
      show(now);
    };
    const current = () => this.builder.draft.conditions[i];
    value.oninput = () => this.set(i, { ...current(), value: value.value });
    // Only when it is left: "gmag" may become "gmag - rmag".
    value.onchange = () => {
      const chosen = this.builder.column(value.value);
      if (chosen && chosen.value !== column?.value) {
        redo(this.first(chosen));
        return;
      }
      show(current());
    };
    verb.onchange = () => redo(this.turned(current(), verb.value, column));
    show(row);
    const head = make('div', { class: 'dl-builder-line dl-builder-head' }, value, verb, remove);
    return make('div', { class: 'dl-builder-condition' }, head, control, note);
  }

  verbs(row, column) {
    const texts = column ? column.kind === 'text' : row.kind === 'like';
    const lists = column?.common?.length || row.kind === 'one_of' ? LISTS : [];
    const plain = texts ? [...lists, ...TEXTS] : [...NUMBERS, ...lists];
    return [...plain, ...(column || row.kind === 'missing' ? MISSING : [])];
  }

  /** The condition that one most likely wants on a column. */
  first(column) {
    const value = column.value;
    if (column.common?.length && column.distinct <= MOST_VALUES) {
      return { kind: 'one_of', value, constants: [], negated: false };
    }
    if (column.kind === 'text') {
      return { kind: 'compare', value, operator: '=', constant: null };
    }
    if (column.kind === 'number' || column.kind === 'whole') {
      return { kind: 'range', value, low: null, high: null };
    }
    return { kind: 'compare', value, operator: column.kind === 'time' ? '>=' : '=', constant: null };
  }

  /** The same condition with another verb; what was filled in stays where it fits. */
  turned(row, verb, column) {
    const { value } = row;
    const text = row.kind === 'like' ? shapeOf(row).text : '';
    const known = row.constant ?? row.low ?? row.constants?.[0] ?? (text || null);
    switch (verb) {
      case 'range':
        return { kind: 'range', value, low: known, high: row.high ?? null };
      case 'in':
      case 'not in': {
        const constants = row.constants ?? (known === null ? [] : [known]);
        return { kind: 'one_of', value, constants, negated: verb === 'not in' };
      }
      case 'present':
      case 'missing':
        return { kind: 'missing', value, missing: verb === 'missing' };
      case 'contains':
      case 'begins':
      case 'like':
        return this.pattern(value, verb, text || typed(known));
      default:
        return { kind: 'compare', value, operator: verb, constant: known };
    }
  }

  pattern(value, verb, text) {
    const pattern = { contains: `%${text}%`, begins: `${text}%`, like: text }[verb];
    return { kind: 'like', value, pattern, any_case: verb === 'contains', negated: false };
  }

  fill(control, row, i, column) {
    const isText = column ? ['text', 'time', 'truth'].includes(column.kind) : false;
    const name = row.value || 'the value';
    if (row.kind === 'range') {
      // That of the statistics reaches to 99.99 and other marks; one of the range itself is better.
      const histogram = this.builder.values[row.value] ?? column?.histogram;
      if (!column || column.kind === 'number' || column.kind === 'whole') {
        this.builder.askValues(row.value);
      }
      const range = new Range(name, row.low, row.high, histogram, (low, high) =>
        this.set(i, { ...this.builder.draft.conditions[i], low, high })
      );
      this.ranges[i] = range;
      control.append(range.root);
    } else if (row.kind === 'compare') {
      const constant = input(`Value for ${name}`, typed(row.constant), {
        placeholder: isText ? 'text' : 'number'
      });
      const asText = isText || typeof row.constant === 'string';
      constant.oninput = () => {
        const now = { ...this.builder.draft.conditions[i] };
        this.set(i, { ...now, constant: constantOf(constant.value, asText) });
      };
      control.append(make('div', { class: 'dl-builder-line' }, constant, unitOf(column)));
    } else if (row.kind === 'one_of') {
      control.append(this.values(row, i, column, isText, name));
    } else if (row.kind === 'like') {
      const { verb, text } = shapeOf(row);
      const label = verb === 'like' ? `Pattern for ${name}: % is any text` : `Text in ${name}`;
      const pattern = input(label, text, { placeholder: verb === 'like' ? 'M%31' : 'text' });
      pattern.oninput = () => {
        const made = this.pattern(row.value, verb, pattern.value);
        const kept = verb === 'like' ? { any_case: row.any_case, negated: row.negated } : {};
        this.set(i, { ...made, ...kept });
      };
      control.append(pattern);
    }
  }

  /** The values of a column with how often they are, to tick; or a list to type. */
  values(row, i, column, isText, name) {
    const set = constants => this.set(i, { ...this.builder.draft.conditions[i], constants });
    const common = column?.common ?? [];
    if (!common.length) {
      const list = input(`Values of ${name}, between commas`, row.constants.map(typed).join(', '));
      list.oninput = () =>
        set(
          list.value
            .split(',')
            .map(part => constantOf(part.trim(), isText))
            .filter(constant => constant !== null)
        );
      return list;
    }
    const shown = common.map(([value, count]) => [constantOf(String(value), isText), count]);
    const rare = row.constants.filter(c => !shown.some(([v]) => typed(v) === typed(c)));
    const ticks = [...shown, ...rare.map(c => [c, null])].map(([value, count]) => {
      const box = make('input', {
        type: 'checkbox',
        checked: row.constants.some(c => typed(c) === typed(value))
      });
      box.onchange = () => {
        const now = this.builder.draft.conditions[i].constants;
        set(box.checked ? [...now, value] : now.filter(c => typed(c) !== typed(value)));
      };
      const rows = count === null ? '' : count.toLocaleString('en');
      return make(
        'label',
        { class: 'dl-builder-tick' },
        box,
        make('span', { textContent: typed(value) }),
        make('small', { textContent: rows })
      );
    });
    return make(
      'div',
      { class: 'dl-builder-ticks', role: 'group', 'aria-label': `Values of ${name}` },
      ...ticks
    );
  }
}

function unitOf(column) {
  return make('span', { class: 'dl-builder-type', textContent: column?.unit ?? '' });
}

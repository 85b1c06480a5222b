// The pieces that the sections of the query builder are made of.

import { make } from './panel.mjs';

let ids = 0;

/** An id that no other element of the page has. */
export function newId() {
  return `dl-builder-${++ids}-${Math.random().toString(36).slice(2, 8)}`;
}

/** A control below its label. */
export function field(label, control, extra = '') {
  control.id ||= newId();
  return make(
    'div',
    { class: `dl-builder-field ${extra}` },
    make('label', { htmlFor: control.id, textContent: label }),
    control
  );
}

/** A text field; `label` is for screen readers when nothing else names it. */
export function input(label, value = '', properties = {}) {
  return make('input', {
    type: 'text',
    class: 'dl-builder-input',
    value: value ?? '',
    autocomplete: 'off',
    spellcheck: false,
    'aria-label': label,
    ...properties
  });
}

/** A list to choose one from: pairs of a value and its words. */
export function choose(label, options, value) {
  const element = make(
    'select',
    { class: 'dl-builder-input dl-builder-select', 'aria-label': label },
    ...options.map(([v, text]) => make('option', { value: v, textContent: text }))
  );
  element.value = value;
  return element;
}

export function push(text, label, onclick, extra = '') {
  return make('button', {
    type: 'button',
    class: `dl-builder-button ${extra}`,
    textContent: text,
    title: label,
    'aria-label': label,
    onclick
  });
}

/** A small cross that takes something away. */
export function cross(label, onclick) {
  return push('×', label, onclick, 'dl-builder-cross');
}

/** A part of the form that folds. */
export class Section {
  constructor(title, open = true) {
    this.badge = make('span', { class: 'dl-builder-badge' });
    this.body = make('div', { class: 'dl-builder-body' });
    const head = make('summary', {}, make('span', { textContent: title }), this.badge);
    this.root = make('details', { class: 'dl-builder-section', open }, head, this.body);
  }

  tell(text) {
    this.badge.textContent = text;
  }

  show(...children) {
    this.body.replaceChildren(...children.filter(Boolean));
  }
}

/** A number as one types it: short, and exact where it matters. */
export function short(value, digits = 5) {
  if (value === null || value === undefined || value === '') {
    return '';
  }
  if (typeof value !== 'number') {
    return String(value);
  }
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(digits)));
}

/** What a person typed, as a constant of a query: a number where it is one. */
export function constantOf(text, isText = false) {
  const trimmed = text.trim();
  if (isText) {
    return text === '' ? null : text;
  }
  if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(trimmed)) {
    return trimmed === '' ? null : trimmed;
  }
  const number = Number(trimmed);
  const whole = /^[-+]?\d+$/.test(trimmed);
  return whole && !Number.isSafeInteger(number) ? { whole: trimmed } : number;
}

/** A constant as a person types it. */
export function typed(constant) {
  return constant === null || constant === undefined ? '' : String(constant.whole ?? constant);
}

/** The bars of a histogram as a picture; what lies in the range is marked. */
export function bars(histogram, range = null) {
  const { counts, edges } = histogram;
  const highest = Math.max(...counts, 1);
  const width = 100 / counts.length;
  const shapes = counts.map((count, i) => {
    // The root, so that what is rare is seen at all.
    const height = count ? Math.max(4, 100 * Math.sqrt(count / highest)) : 0;
    const inside = !range || (edges[i + 1] > range[0] && edges[i] < range[1]);
    return (
      `<rect x="${(i * width).toFixed(2)}" y="${(100 - height).toFixed(1)}" ` +
      `width="${(0.86 * width).toFixed(2)}" height="${height.toFixed(1)}"` +
      `${inside ? '' : ' class="dl-builder-outside"'}/>`
    );
  });
  return (
    '<svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">' +
    `${shapes.join('')}</svg>`
  );
}

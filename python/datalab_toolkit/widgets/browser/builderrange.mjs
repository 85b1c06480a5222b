// A range over a histogram: two handles, and two numbers that say the same.

import { bars, constantOf, input, short, typed } from './builderparts.mjs';
import { make } from './panel.mjs';

const STEPS = 400;

export class Range {
  /** `changed(low, high)` is called with constants, null for what is not filled in. */
  constructor(name, low, high, histogram, changed) {
    this.name = name;
    this.changed = changed;
    const number = label => input(`${label} of ${name}`, '', { inputMode: 'decimal' });
    this.numbers = [number('Lowest'), number('Highest')];
    this.numbers[0].value = typed(low);
    this.numbers[1].value = typed(high);
    this.numbers.forEach(element => (element.oninput = () => this.tell()));
    this.root = make(
      'div',
      { class: 'dl-builder-range' },
      make(
        'div',
        { class: 'dl-builder-line' },
        this.numbers[0],
        make('span', { textContent: 'to' }),
        this.numbers[1]
      )
    );
    if (histogram) {
      this.use(histogram);
    }
  }

  /** Show a histogram with handles; not while a handle is held. */
  use(histogram) {
    const held = this.handles?.includes(this.root.getRootNode().activeElement);
    if (!held) {
      this.histogram = histogram;
      if (!this.handles) {
        this.root.prepend(this.slider());
      }
      const [first, last] = this.ends;
      for (const handle of this.handles) {
        Object.assign(handle, { min: first, max: last, step: (last - first) / STEPS });
      }
      this.draw();
    }
  }

  get ends() {
    const { edges } = this.histogram;
    return [edges[0], edges[edges.length - 1]];
  }

  slider() {
    const handle = label =>
      make('input', { type: 'range', 'aria-label': `${label} of ${this.name}, handle` });
    this.handles = [handle('Lowest'), handle('Highest')];
    this.handles.forEach((element, i) => (element.oninput = () => this.move(element, i)));
    this.picture = make('div', { class: 'dl-builder-bars' });
    return make('div', { class: 'dl-builder-slider' }, this.picture, ...this.handles);
  }

  /** A handle was moved: it does not pass the other, and the numbers follow. */
  move(element, i) {
    const [a, b] = this.handles.map(handle => Number(handle.value));
    if (a > b) {
      element.value = i ? a : b;
    }
    const [first, last] = this.ends;
    this.numbers.forEach((number, j) => {
      if (j === i || number.value.trim() === '') {
        const value = Number(this.handles[j].value);
        number.value = short(rounded(value, (last - first) / STEPS), 12);
      }
    });
    this.tell();
  }

  tell() {
    this.draw();
    this.changed(...this.numbers.map(n => constantOf(n.value)));
  }

  draw() {
    if (!this.histogram) {
      return;
    }
    const [first, last] = this.ends;
    const values = this.numbers.map((n, i) => {
      const value = Number(n.value);
      return n.value.trim() === '' || Number.isNaN(value) ? [first, last][i] : value;
    });
    this.handles.forEach((handle, i) => {
      if (document.activeElement !== handle && handle.getRootNode().activeElement !== handle) {
        handle.value = values[i];
      }
      handle.setAttribute('aria-valuetext', short(values[i]));
    });
    this.picture.innerHTML = bars(this.histogram, values);
  }
}

/** A number with no more digits than a step of the slider tells apart. */
function rounded(value, step) {
  const decimals = Math.max(0, Math.min(12, Math.ceil(-Math.log10(step || 1))));
  return Number(value.toFixed(decimals));
}

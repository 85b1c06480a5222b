// A range over a histogram: two handles, and two numbers that say the same.

import { bars, constantOf, input, short, typed } from './builderparts.mjs';
import { make } from './panel.mjs';

const STEPS = 400;

export class Range {
  /** `changed(low, high)` is called with constants, null for what is not filled in. */
  constructor(name, low, high, histogram, changed) {
    this.changed = changed;
    this.histogram = histogram;
    const number = label => input(`${label} of ${name}`, '', { inputMode: 'decimal' });
    this.numbers = [number('Lowest'), number('Highest')];
    this.numbers[0].value = typed(low);
    this.numbers[1].value = typed(high);
    this.numbers.forEach(element => (element.oninput = () => this.follow()));
    this.root = make('div', { class: 'dl-builder-range' });
    if (histogram) {
      this.root.append(this.slider(name));
    }
    this.root.append(
      make(
        'div',
        { class: 'dl-builder-line' },
        this.numbers[0],
        make('span', { textContent: 'to' }),
        this.numbers[1]
      )
    );
    this.draw();
  }

  get ends() {
    const { edges } = this.histogram;
    return [edges[0], edges[edges.length - 1]];
  }

  slider(name) {
    const [first, last] = this.ends;
    const handle = label =>
      make('input', {
        type: 'range',
        min: first,
        max: last,
        step: (last - first) / STEPS,
        'aria-label': `${label} of ${name}, handle`
      });
    this.handles = [handle('Lowest'), handle('Highest')];
    this.handles.forEach((element, i) => {
      element.oninput = () => {
        const [a, b] = this.handles.map(h => Number(h.value));
        if (i === 0 && a > b) {
          element.value = b;
        } else if (i === 1 && b < a) {
          element.value = a;
        }
        this.numbers[i].value = short(rounded(Number(element.value), (last - first) / STEPS), 12);
        this.tell();
      };
    });
    this.picture = make('div', { class: 'dl-builder-bars' });
    return make('div', { class: 'dl-builder-slider' }, this.picture, ...this.handles);
  }

  /** The numbers were typed: the handles go there. */
  follow() {
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

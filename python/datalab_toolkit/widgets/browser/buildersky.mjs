// Where on the sky, with which second table, in which order and how many.

import { choose, field, input, push, Section, short } from './builderparts.mjs';
import { make } from './panel.mjs';

const UNITS = [
  ['1', 'degrees'],
  ['60', 'arcmin'],
  ['3600', 'arcsec']
];

const number = text => (text.trim() === '' || Number.isNaN(Number(text)) ? null : Number(text));

/** A region of the sky: a place, by name or in numbers, and a radius. */
export class Region {
  constructor(builder) {
    this.builder = builder;
    this.section = new Section('Region on the sky', false);
    this.name = input('Name of an object, or a place', '', { placeholder: 'M 31, or 10.68 +41.27' });
    this.find = push('Find', 'Find the place of this name', () => this.look());
    this.name.onkeydown = event => event.key === 'Enter' && this.look();
    this.ra = input('', '', { inputMode: 'decimal' });
    this.dec = input('', '', { inputMode: 'decimal' });
    this.radius = input('', '', { inputMode: 'decimal' });
    this.unit = choose('Unit of the radius', UNITS, '1');
    this.note = make('p', { class: 'dl-builder-note', 'data-part': 'cone', role: 'status' });
    for (const control of [this.ra, this.dec, this.radius, this.unit]) {
      control.removeAttribute('aria-label');
      control.oninput = () => this.tell();
    }
    this.unit.setAttribute('aria-label', 'Unit of the radius');
    this.remove = push('The whole sky', 'Take the region away', () => {
      for (const control of [this.name, this.ra, this.dec, this.radius]) {
        control.value = '';
      }
      this.tell();
    });
    this.section.show(
      make('div', { class: 'dl-builder-line' }, this.name, this.find),
      make(
        'div',
        { class: 'dl-builder-line dl-builder-wrap' },
        field('RA (deg)', this.ra),
        field('Dec (deg)', this.dec),
        field('Radius', this.radius),
        this.unit,
        this.remove
      ),
      this.note
    );
  }

  look() {
    if (this.name.value.trim()) {
      this.find.disabled = true;
      this.note.textContent = 'Looking …';
      this.builder.model.send({ kind: 'resolve', name: this.name.value });
    }
  }

  /** The kernel has found a place, or has not. */
  found({ ra, dec, message }) {
    this.find.disabled = false;
    this.note.textContent = message;
    if (ra !== null) {
      this.ra.value = short(ra, 9);
      this.dec.value = short(dec, 9);
      this.radius.value ||= '1';
      this.tell();
    }
  }

  tell() {
    const { position } = this.builder.table ?? {};
    const [ra, dec, radius] = [this.ra, this.dec, this.radius].map(c => number(c.value));
    const empty = [this.ra, this.dec, this.radius].every(c => c.value.trim() === '');
    const degrees = radius === null ? null : radius / Number(this.unit.value);
    this.builder.change({
      cone: empty ? null : { ra, dec, radius_deg: degrees, position: this.position ?? position }
    });
    this.badge();
  }

  badge() {
    const { cone } = this.builder.draft;
    this.section.tell(cone ? 'a circle' : 'whole sky');
  }

  render() {
    const { cone } = this.builder.draft;
    const usable = Boolean(cone || this.builder.table?.position);
    this.position = cone?.position;
    this.ra.value = short(cone?.ra, 12);
    this.dec.value = short(cone?.dec, 12);
    const scale = Number(this.unit.value);
    this.radius.value = cone ? short(cone.radius_deg * scale, 12) : '';
    this.section.body.inert = !usable;
    this.note.textContent = usable ? '' : 'This table has no position that I know.';
    if (cone) {
      this.section.root.open = true;
    }
    this.badge();
  }
}

/** A second table, whose rows lie near those of the first. */
export class Second {
  constructor(builder) {
    this.builder = builder;
    this.section = new Section('Match with a second table', false);
    this.radius = input('', '1', { inputMode: 'decimal' });
    this.radius.removeAttribute('aria-label');
    this.all = make('input', { type: 'checkbox' });
    this.note = make('p', { class: 'dl-builder-note', 'data-part': 'match', role: 'status' });
    this.radius.oninput = () => this.tell({ radius_arcsec: number(this.radius.value) });
    this.all.onchange = () => this.tell({ keep_all: this.all.checked });
    this.remove = push('Take it away', 'Take the second table away', () =>
      this.builder.change({ match: null })
    );
    this.details = make(
      'div',
      { class: 'dl-builder-line dl-builder-wrap' },
      field('Within (arcsec)', this.radius),
      make(
        'label',
        { class: 'dl-builder-tick' },
        this.all,
        make('span', { textContent: 'keep rows without a counterpart' })
      ),
      this.remove
    );
  }

  show(picker) {
    this.section.show(picker, this.details, this.note);
  }

  tell(patch) {
    if (this.builder.draft.match) {
      this.builder.change({ match: { ...this.builder.draft.match, ...patch } });
    }
  }

  render() {
    const { match } = this.builder.draft;
    this.details.hidden = !match;
    this.note.textContent =
      match || this.builder.table?.position ? '' : 'This table has no position to match by.';
    if (match) {
      this.radius.value = short(match.radius_arcsec, 12);
      this.all.checked = match.keep_all;
      this.section.root.open = true;
    }
    this.section.tell(match ? match.table : 'none');
  }
}

/** In which order, and how many. */
export class Ending {
  constructor(builder, names) {
    this.builder = builder;
    this.section = new Section('Order and number of rows');
    this.order = input('', '', { placeholder: 'as they come' });
    this.order.removeAttribute('aria-label');
    this.order.setAttribute('list', names.id);
    this.down = choose('Direction', [['', 'lowest first'], ['1', 'highest first']], '');
    this.limit = input('', '', { inputMode: 'numeric', placeholder: 'all' });
    this.limit.removeAttribute('aria-label');
    for (const control of [this.order, this.down, this.limit]) {
      control.oninput = () => this.tell();
    }
    this.section.show(
      make(
        'div',
        { class: 'dl-builder-line dl-builder-wrap' },
        field('Sort by', this.order),
        this.down,
        field('At most (rows)', this.limit)
      )
    );
  }

  tell() {
    const limit = number(this.limit.value);
    const value = this.order.value.trim();
    this.builder.change({
      order: value ? { value, descending: this.down.value === '1' } : null,
      limit: limit === null ? null : Math.max(0, Math.floor(limit))
    });
  }

  render() {
    const { order, limit } = this.builder.draft;
    this.order.value = order?.value ?? '';
    this.down.value = order?.descending ? '1' : '';
    this.limit.value = limit ?? '';
  }
}

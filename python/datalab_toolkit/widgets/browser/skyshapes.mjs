// Circles and boxes on the sky view: drawn with the pointer, and their outlines.

import { EDGE_POINTS, circleOutline, separation } from './circle.mjs';
import { Drag } from './selection.mjs';

/** Positions along the edge of a box, closed. */
export function boxOutline({ ra_min, ra_max, dec_min, dec_max }) {
  const width = (((ra_max - ra_min) % 360) + 360) % 360 || 360;
  const along = Array.from({ length: EDGE_POINTS / 4 + 1 }, (_, i) => (4 * i) / EDGE_POINTS);
  const east = along.map(part => (ra_min + width * part) % 360);
  const up = along.map(part => dec_min + (dec_max - dec_min) * part);
  return [
    ...east.map(ra => [ra, dec_min]),
    ...up.map(dec => [east[east.length - 1], dec]),
    ...east.toReversed().map(ra => [ra, dec_max]),
    ...up.toReversed().map(dec => [east[0], dec])
  ];
}

/** What is being drawn: a circle about where the pointer went down, or a box. */
export class ShapeDrag {
  /** `view` has `position(x, y)`, `pixel(ra, dec)` and `scale`, degrees in a pixel. */
  constructor(view, kind, x, y) {
    Object.assign(this, { view, kind });
    this.box = new Drag(view, x, y);
  }

  get valid() {
    return this.box.valid;
  }

  moveTo(x, y) {
    this.box.moveTo(x, y);
  }

  /** The shape as `{circle}` or `{box}`, or null when it is too small. */
  shape() {
    if (this.kind === 'box') {
      const box = this.box.box();
      return box && { box, circle: null };
    }
    const { first, last, start, end } = this.box;
    if (!this.valid || Math.hypot(end[0] - start[0], end[1] - start[1]) < 3) {
      return null;
    }
    // Rounded to less than a pixel: what is read is then what is selected by.
    const decimals = Math.max(1, Math.min(8, Math.ceil(-Math.log10(this.view.scale)) + 1));
    const rounded = value => Number(value.toFixed(decimals));
    const [ra, dec] = first.map(rounded);
    const radius_deg = Math.max(rounded(separation(first, last)), 10 ** -decimals);
    return { circle: { ra: ra % 360, dec, radius_deg }, box: null };
  }
}

/** Positions along the edge of a shape. */
export function shapeOutline({ circle, box }) {
  return circle ? circleOutline(circle) : boxOutline(box);
}

/** Draw a line through positions on a canvas, broken where it leaves the sky on one side. */
export function drawOutline(context, view, positions, width) {
  context.beginPath();
  let before = null;
  for (const [ra, dec] of positions) {
    const at = view.pixel(ra, dec);
    const near = at && before && Math.hypot(at[0] - before[0], at[1] - before[1]) < width / 2;
    if (near) {
      context.lineTo(...at);
    } else if (at) {
      context.moveTo(...at);
    }
    before = at;
  }
  for (const [colour, lineWidth] of [
    ['rgba(0, 0, 0, 0.6)', 4],
    ['#ffd54f', 1.75]
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = lineWidth;
    context.stroke();
  }
}

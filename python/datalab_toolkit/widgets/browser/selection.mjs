// A box on the sky that follows right ascension and declination, drawn with the pointer.

import { circleOutline } from './circle.mjs';
import { pieces } from './graticule.mjs';

const wrap = ra => ((ra % 360) + 360) % 360;

/** The box that a drag from one pixel to another makes. */
export class Drag {
  constructor(view, x, y) {
    this.view = view;
    this.start = [x, y];
    this.end = [x, y];
    this.first = view.position(x, y);
    this.last = this.first;
    this.turned = 0;
  }

  /** Whether the drag began on the sky. */
  get valid() {
    return this.first !== null;
  }

  moveTo(x, y) {
    this.end = [x, y];
    const position = this.view.position(x, y);
    if (position) {
      // Right ascensions are added up on the way, so that a box may be wider than half the sky.
      this.turned += ((position[0] - this.last[0] + 540) % 360) - 180;
      this.last = position;
    }
  }

  /** The box in degrees, rounded to what a pixel can tell apart; null when it is too small. */
  box() {
    const [[x0, y0], [x1, y1]] = [this.start, this.end];
    if (!this.valid || Math.abs(x1 - x0) < 3 || Math.abs(y1 - y0) < 3) {
      return null;
    }
    const decimals = Math.max(0, Math.min(8, Math.ceil(-Math.log10(this.view.scale))));
    const rounded = value => Number(value.toFixed(decimals));
    const decs = [this.first[1], this.last[1]].map(rounded).sort((a, b) => a - b);
    const box = { ra_min: 0, ra_max: 360, dec_min: decs[0], dec_max: decs[1] };
    const pole = [90, -90].find(dec => this.encloses(...this.view.pixel(0, dec)));
    if (pole) {
      box.dec_min = pole > 0 ? decs[0] : -90;
      box.dec_max = pole > 0 ? 90 : decs[1];
    } else if (Math.abs(this.turned) < 360) {
      const from = this.turned < 0 ? this.first[0] + this.turned : this.first[0];
      box.ra_min = rounded(wrap(from)) % 360;
      box.ra_max = rounded(wrap(from + Math.abs(this.turned))) || 360;
    }
    return box;
  }

  encloses(x, y) {
    const [[x0, y0], [x1, y1]] = [this.start, this.end];
    return (x - x0) * (x - x1) < 0 && (y - y0) * (y - y1) < 0;
  }
}

/** Draw the outline of a box; its sides bend as the projection does. */
export function drawBox(context, view, box) {
  const width = wrap(box.ra_max - box.ra_min) || 360;
  const steps = 96;
  const along = Array.from({ length: steps + 1 }, (_, i) => i / steps);
  const east = along.map(t => box.ra_min + width * t);
  const north = along.map(t => box.dec_min + (box.dec_max - box.dec_min) * t);
  const parallel = dec => east.map(ra => [ra, dec, 'icrs']);
  const meridian = ra => north.map(dec => [ra, dec, 'icrs']);
  const edges = [box.dec_min, box.dec_max].filter(dec => Math.abs(dec) < 90).map(parallel);
  if (width < 360) {
    edges.push(meridian(box.ra_min), meridian(box.ra_max));
  }
  strokeEdges(context, view, edges);
}

/** Draw the outline of a circle. */
export function drawCircle(context, view, circle) {
  strokeEdges(context, view, [circleOutline(circle).map(at => [...at, 'icrs'])]);
}

function strokeEdges(context, view, edges) {
  context.beginPath();
  for (const line of edges.flatMap(edge => pieces(view, edge))) {
    line.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  }
  for (const [colour, lineWidth] of [
    ['rgba(0, 0, 0, 0.6)', 4],
    ['#ffffff', 1.75]
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = lineWidth;
    context.stroke();
  }
}

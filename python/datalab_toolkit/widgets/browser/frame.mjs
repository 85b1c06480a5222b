// One answer of the kernel: its counts, their colours, and its look from another view.

import { SkyView } from './projection.mjs';
import { OFF_SKY, Scale, colour } from './colours.mjs';
import { smoothed, smoothingRadius, smoothingWidth } from './smoothing.mjs';

// Side in pixels of the squares inside which a change of view is nearly linear.
const SQUARE = 16;

// Rows a pixel at which single rows begin to be drawn as dots, and at which the dots are full.
const DOTS_BEGIN = 0.008;
const DOTS_FULL = 0.002;

// A statistic is drawn as a number from 1 to this and 1 more, for the tables of colours.mjs.
const STEPS = 1000;

export class Frame {
  /**
   * Counts are whole numbers, `OFF_SKY` beside the sky; a statistic of a column is any number, NaN
   * where there is no row.
   */
  constructor(told, data) {
    this.told = told;
    this.view = new SkyView(told);
    this.counts = data;
    this.measured = told.statistic !== 'count';
    if (this.measured) {
      const known = data.filter(value => !Number.isNaN(value));
      this.least = known.reduce((a, b) => Math.min(a, b), Infinity);
      this.range = known.reduce((a, b) => Math.max(a, b), -Infinity) - this.least || 1;
    }
    this.skyPixels = data.reduce((n, count) => n + (count !== OFF_SKY), 0);
  }

  /** What a value that is drawn stands for: rows per square degree, or the statistic itself. */
  quantityOf(value) {
    return this.measured
      ? this.least + (this.range * (value - 1)) / STEPS
      : value / this.told.cell_area;
  }

  /** The value that is drawn for a quantity. */
  valueOf(quantity) {
    return this.measured
      ? 1 + (STEPS * (quantity - this.least)) / this.range
      : quantity * this.told.cell_area;
  }

  /** The unit on the colour bar. */
  get unit() {
    return this.measured ? this.told.unit : 'counts/deg²';
  }

  /** The unit as it is read out. */
  get unitWords() {
    return this.measured ? this.told.unit : 'counts per square degree';
  }

  /** The unit as it follows a number. */
  get unitAfter() {
    return this.measured ? this.unit && ` ${this.unit}` : '/deg²';
  }

  /** Colour the counts anew. */
  paint({ stretch, cuts, smooth }, palette) {
    const { width, height } = this.view;
    const spread = smooth && !this.measured;
    const radius = spread ? smoothingRadius(this.told.total, this.skyPixels) : 0;
    if (radius !== this.radius) {
      this.radius = radius;
      this.values = this.measured
        ? this.counts.map(value => this.valueOf(value))
        : smoothed(this.counts, width, height, radius);
    }
    this.scale = new Scale(this.values, stretch, cuts);
    this.pixels = colour(this.values, this.scale, palette);
    this.sky = palette[0];
    this.image = new ImageData(new Uint8ClampedArray(this.pixels.buffer), width, height);
  }

  /** Degrees over which the counts are smoothed; 0 when they are not. */
  get smoothing() {
    return this.view.scale * smoothingWidth(this.radius);
  }

  /** The quantity as drawn at a position; null where the frame does not reach. */
  valueAt(icrsVector) {
    const [x, y] = this.view.pixelOfVector(icrsVector).map(Math.floor);
    const { width, height } = this.view;
    if (x < 0 || y < 0 || x >= width || y >= height) {
      return null;
    }
    const value = this.values[y * width + x];
    return Number.isNaN(value) ? null : this.quantityOf(value);
  }

  /** Single rows as positions of this view, with how clearly to draw them, from 0 to 1. */
  dots() {
    const crowding = this.told.total / this.skyPixels;
    const single = this.told.method === 'points' && !this.measured;
    if (!this.told.total || crowding > DOTS_BEGIN || !single) {
      return { strength: 0, points: [] };
    }
    if (!this.points) {
      this.points = [];
      this.counts.forEach((count, i) => {
        if (count !== 0 && count !== OFF_SKY) {
          const { width } = this.view;
          this.points.push(this.view.vectorAt((i % width) + 0.5, Math.floor(i / width) + 0.5));
        }
      });
    }
    const logarithm = Math.log(DOTS_BEGIN / crowding) / Math.log(DOTS_BEGIN / DOTS_FULL);
    return { strength: Math.min(1, logarithm), points: this.points.filter(Boolean) };
  }

  /**
   * The same picture as it looks from another view, until the counts for that view are there.
   *
   * Pixels are looked up exactly at the corners of squares and linearly inside them; squares on the
   * edge of the sky are looked up pixel by pixel.
   */
  seenFrom(view) {
    const { width, height } = view;
    const from = this.view;
    const pixels = new Uint32Array(width * height);
    const columns = Math.ceil(width / SQUARE) + 1;
    const rows = Math.ceil(height / SQUARE) + 1;
    const limit = from.width / 4;
    const corners = [];
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const v = view.vectorAt(column * SQUARE, row * SQUARE);
        corners.push(v && from.pixelOfVector(v));
      }
    }
    const near = (p, q) => Math.abs(p[0] - q[0]) + Math.abs(p[1] - q[1]) < limit;
    for (let row = 0; row < rows - 1; row++) {
      for (let column = 0; column < columns - 1; column++) {
        const at = row * columns + column;
        const [a, b, c, d] = [at, at + 1, at + columns, at + columns + 1].map(i => corners[i]);
        const smooth = a && b && c && d && near(a, b) && near(a, c) && near(a, d);
        const right = Math.min(width, (column + 1) * SQUARE);
        const bottom = Math.min(height, (row + 1) * SQUARE);
        for (let y = row * SQUARE; y < bottom; y++) {
          const v = (y % SQUARE) / SQUARE;
          for (let x = column * SQUARE; x < right; x++) {
            const u = (x % SQUARE) / SQUARE;
            pixels[y * width + x] = smooth
              ? this.pixelAt(
                  (1 - v) * ((1 - u) * a[0] + u * b[0]) + v * ((1 - u) * c[0] + u * d[0]),
                  (1 - v) * ((1 - u) * a[1] + u * b[1]) + v * ((1 - u) * c[1] + u * d[1])
                )
              : this.pixelSeen(view, x, y);
          }
        }
      }
    }
    return new ImageData(new Uint8ClampedArray(pixels.buffer), width, height);
  }

  pixelAt(x, y) {
    const { width, height } = this.view;
    const inside = x >= 0 && y >= 0 && x < width && y < height;
    return (inside && this.pixels[Math.floor(y) * width + Math.floor(x)]) || this.sky;
  }

  pixelSeen(view, x, y) {
    const v = view.vectorAt(x + 0.5, y + 0.5);
    return v ? this.pixelAt(...this.view.pixelOfVector(v)) : 0;
  }
}

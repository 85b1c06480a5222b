// From values to pixels: the steps of datalab_toolkit/maps/shading.py, made fast for a browser.
//
// Every value is read through a table with one entry per leading bits of the value as a 32-bit
// float (8 of the exponent, 11 of the mantissa), which tells values apart to 0.05 %. Cuts, ranks
// and colours are worked out once per entry and not once per pixel.

/** The count of a pixel that is not on the sky. */
export const OFF_SKY = 0xffffffff;

const DROPPED_BITS = 12;
const ENTRIES = 1 << 17;

const scratch = new Float32Array(1);
const scratchBits = new Uint32Array(scratch.buffer);

// The smallest value told from zero, in rows a pixel, and its entry.
const SMALLEST = 2 ** -20;
scratch[0] = SMALLEST;
const FIRST = scratchBits[0] >>> DROPPED_BITS;

// As in shading.py: FAINTEST and _ASINH_SOFTENING.
export const FAINTEST = 0.12;
const ASINH_SOFTENING = 0.02;

const bitsOf = values => new Uint32Array(values.buffer);

function valueOf(entry) {
  scratchBits[0] = (entry + FIRST) << DROPPED_BITS;
  return scratch[0];
}

function entryOf(value) {
  scratch[0] = Math.max(SMALLEST, value);
  return (scratchBits[0] >>> DROPPED_BITS) - FIRST;
}

const CURVES = {
  log: Math.log,
  sqrt: Math.sqrt,
  linear: value => value
};

/** How values become fractions of a colour map: cuts and stretch, from all values of a frame. */
export class Scale {
  constructor(values, stretch, [lowCut, highCut]) {
    const bits = bitsOf(values);
    this.stretch = stretch;
    this.upTo = new Uint32Array(ENTRIES);
    this.occupied = 0;
    for (let i = 0; i < values.length; i++) {
      if (values[i] >= SMALLEST) {
        this.upTo[(bits[i] >>> DROPPED_BITS) - FIRST]++;
        this.occupied++;
      }
    }
    for (let entry = 1; entry < ENTRIES; entry++) {
      this.upTo[entry] += this.upTo[entry - 1];
    }
    const at = cut => this.upTo.findIndex(n => n > (cut / 100) * (this.occupied - 1));
    this.low = this.occupied ? valueOf(at(lowCut)) : 0;
    this.high = this.occupied ? valueOf(at(highCut)) : 0;
  }

  /** A value above zero as a number from 0 to 1. */
  fraction(value) {
    const { low, high } = this;
    if (high <= low) {
      return 1;
    }
    const v = Math.min(high, Math.max(low, value));
    if (this.stretch === 'eq_hist') {
      const first = this.upTo[entryOf(low)];
      return (this.upTo[entryOf(v)] - first) / (this.upTo[entryOf(high)] - first);
    }
    if (this.stretch === 'asinh') {
      const scaled = (v - low) / ((high - low) * ASINH_SOFTENING);
      return Math.asinh(scaled) / Math.asinh(1 / ASINH_SOFTENING);
    }
    const curve = CURVES[this.stretch];
    return (curve(v) - curve(low)) / (curve(high) - curve(low));
  }
}

/** The 256 colours of a map as pixels, from all palettes in one row of bytes. */
export function palettePixels(bytes, names, name) {
  const reversed = name.endsWith('_r');
  const start = 768 * names.indexOf(reversed ? name.slice(0, -2) : name);
  return Uint32Array.from({ length: 256 }, (_, i) => {
    const at = start + 3 * (reversed ? 255 - i : i);
    const [red, green, blue] = [0, 1, 2].map(k => bytes.getUint8(at + k));
    return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  });
}

/** A pixel of a palette as CSS. */
export function css(pixel) {
  return `rgb(${pixel & 255}, ${(pixel >>> 8) & 255}, ${(pixel >>> 16) & 255})`;
}

export function isDark(pixel) {
  return (
    0.299 * (pixel & 255) + 0.587 * ((pixel >>> 8) & 255) + 0.114 * ((pixel >>> 16) & 255) < 128
  );
}

/** Colour values, NaN beside the sky, where pixels are transparent. */
export function colour(values, scale, palette) {
  const pixels = new Uint32Array(values.length);
  const [first, last] = [entryOf(scale.low), entryOf(scale.high)];
  const table = new Uint32Array(last - first + 1);
  for (let entry = first; entry <= last; entry++) {
    const fraction = FAINTEST + (1 - FAINTEST) * scale.fraction(valueOf(entry));
    table[entry - first] = palette[Math.round(255 * fraction)];
  }
  const bits = bitsOf(values);
  for (let i = 0; i < values.length; i++) {
    if (values[i] >= SMALLEST) {
      const entry = (bits[i] >>> DROPPED_BITS) - FIRST;
      pixels[i] = table[Math.min(last, Math.max(first, entry)) - first];
    } else if (values[i] >= 0) {
      pixels[i] = palette[0];
    }
  }
  return pixels;
}

/** Round values between two bounds with their priority, for the ticks of a colour bar. */
export function roundValues(low, high, linear) {
  const values = [];
  if (linear) {
    const step = 10 ** Math.floor(Math.log10((high - low) / 2));
    const nice = (high - low) / step > 5 ? step : step / 2;
    for (let v = Math.ceil(low / nice) * nice; v <= high * (1 + 1e-9); v += nice) {
      values.push([v, 0]);
    }
    return values;
  }
  const mantissas = [
    [1, 0],
    [3, 1],
    [2, 2],
    [5, 2]
  ];
  for (let power = Math.floor(Math.log10(low)); 10 ** power <= high; power++) {
    for (const [mantissa, priority] of mantissas) {
      const value = mantissa * 10 ** power;
      if (value >= low && value <= high) {
        values.push([value, priority]);
      }
    }
  }
  return values.sort((a, b) => a[1] - b[1]);
}

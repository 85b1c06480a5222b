// Where rows are fewer than pixels, counts are spread over their neighbourhood, so that a density
// is seen and not noise. The same as smooth() of datalab_toolkit/maps/shading.py: three box filters.

import { OFF_SKY } from './colours.mjs';

// Rows that the smoothing kernel shall hold on average, as in shading.py.
const KERNEL_ROWS = 30;

/** Radius in pixels of the box filters for a frame; 0 where smoothing has no use. */
export function smoothingRadius(total, skyPixels) {
  if (!total) {
    return 0;
  }
  const variance = (KERNEL_ROWS * skyPixels) / (4 * Math.PI * total);
  const exact = (Math.sqrt(4 * variance + 1) - 1) / 2;
  // In steps of a factor √2, so that a small move does not change the look of the map.
  const step = Math.floor(2 * Math.log2(exact) + 0.5);
  return exact < 0.5 ? 0 : Math.max(1, Math.floor(2 ** (step / 2) + 0.5));
}

/** Standard deviation in pixels of the three box filters. */
export const smoothingWidth = radius => Math.sqrt(radius * (radius + 1));

/** Counts spread over their neighbourhood on the sky; NaN beside the sky. */
export function smoothed(counts, width, height, radius) {
  const values = new Float32Array(counts.length);
  const sky = new Float32Array(counts.length);
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] !== OFF_SKY) {
      values[i] = counts[i];
      sky[i] = 1;
    }
  }
  if (radius === 0) {
    return values.map((value, i) => (sky[i] ? value : NaN));
  }
  const spread = blur(values, width, height, radius);
  const share = blur(Float32Array.from(sky), width, height, radius);
  return spread.map((value, i) => (sky[i] ? Math.max(0, value / share[i]) : NaN));
}

function blur(values, width, height, radius) {
  const other = new Float32Array(values.length);
  for (let pass = 0; pass < 3; pass++) {
    alongRows(values, other, width, radius);
    alongColumns(other, values, width, height, radius);
  }
  return values;
}

function alongRows(from, to, width, radius) {
  for (let start = 0; start < from.length; start += width) {
    let sum = 0;
    for (let x = 0; x < Math.min(radius, width); x++) {
      sum += from[start + x];
    }
    for (let x = 0; x < width; x++) {
      sum += x + radius < width ? from[start + x + radius] : 0;
      sum -= x > radius ? from[start + x - radius - 1] : 0;
      to[start + x] = sum;
    }
  }
}

function alongColumns(from, to, width, height, radius) {
  const sums = new Float64Array(width);
  const add = (row, sign) => {
    if (row >= 0 && row < height) {
      for (let x = 0; x < width; x++) {
        sums[x] += sign * from[row * width + x];
      }
    }
  };
  for (let row = 0; row < radius; row++) {
    add(row, 1);
  }
  for (let row = 0; row < height; row++) {
    add(row + radius, 1);
    add(row - radius - 1, -1);
    to.set(sums, row * width);
  }
}

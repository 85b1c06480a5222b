import { OUTSIDE_SKY } from '../api';

/**
 * The colour map "mako" of seaborn (BSD-3-Clause), eight of its colours evenly
 * spaced: perceptually uniform, from black over blue and teal to pale mint.
 */
const MAKO = [
  [11, 4, 5],
  [46, 30, 60],
  [65, 61, 123],
  [55, 101, 158],
  [52, 143, 167],
  [64, 183, 173],
  [139, 218, 178],
  [222, 245, 229]
];

/** The part of the map for counts: the ends would vanish in the background. */
const RANGE = [0.12, 1];

/** A colour for a value from 0 to 1; `dark` runs to light, else to dark. */
export function colour(value: number, dark: boolean): number[] {
  const [low, high] = RANGE;
  const along = low + (high - low) * value;
  const place = (dark ? along : 1 - along) * (MAKO.length - 1);
  const index = Math.min(Math.floor(place), MAKO.length - 2);
  return MAKO[index].map((channel, i) =>
    Math.round(channel + (place - index) * (MAKO[index + 1][i] - channel))
  );
}

/**
 * The rank of each count above zero among all of them, from 0 to 1, so that
 * each colour covers as much sky as any other (histogram equalisation).
 */
export function equalise(counts: Uint32Array): Map<number, number> {
  const seen = new Map<number, number>();
  let total = 0;
  for (const count of counts) {
    if (count > 0 && count !== OUTSIDE_SKY) {
      seen.set(count, (seen.get(count) ?? 0) + 1);
      total++;
    }
  }
  const ranks = new Map<number, number>();
  let below = 0;
  for (const count of [...seen.keys()].sort((a, b) => a - b)) {
    const pixels = seen.get(count)!;
    ranks.set(count, (below + pixels / 2) / total);
    below += pixels;
  }
  return ranks;
}

/** The picture of a map of counts, clear where there is nothing. */
export function paint(
  counts: Uint32Array,
  width: number,
  dark: boolean
): Uint8ClampedArray {
  const colours = new Map<number, number[]>();
  for (const [count, rank] of equalise(counts)) {
    colours.set(count, [...colour(rank, dark), 255]);
  }
  const occupied = [...counts.keys()].filter(at => colours.has(counts[at]));
  const pixels = new Uint8ClampedArray(counts.length * 4);
  for (const [x, y] of brush(occupied.length)) {
    for (const at of occupied) {
      const column = (at % width) + x;
      const to = at + x + y * width;
      if (column >= 0 && column < width && to >= 0 && to < counts.length) {
        pixels.set(colours.get(counts[at])!, to * 4);
      }
    }
  }
  return pixels;
}

/**
 * The pixels that one pixel of the map paints, from the outside inwards: a
 * field of few pixels would be lost on the whole sky, so it is drawn larger.
 */
function brush(occupied: number): [x: number, y: number][] {
  const radius = occupied < 50 ? 2 : occupied < 500 ? 1 : 0;
  const offsets: [number, number][] = [];
  for (let y = -radius; y <= radius; y++) {
    for (let x = -radius; x <= radius; x++) {
      offsets.push([x, y]);
    }
  }
  return offsets.sort((a, b) => Math.hypot(...b) - Math.hypot(...a));
}

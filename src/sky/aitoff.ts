const RADIANS = Math.PI / 180;

/** A point of a map; x and y run from 0 to 1, from the top left. */
export type Point = [x: number, y: number];

/**
 * Where a direction is on a map of the whole sky, centred at (0, 0), north up
 * and east to the left: Hammer-Aitoff, "AIT" of Calabretta & Greisen 2002,
 * section 5.3.3.
 */
export function aitoff(longitude: number, latitude: number): Point {
  const half = (longitude * RADIANS) / 2;
  const b = latitude * RADIANS;
  const scale = 1 / Math.sqrt(1 + Math.cos(b) * Math.cos(half));
  const x = scale * Math.cos(b) * Math.sin(half);
  const y = scale * Math.sin(b);
  return [(1 - x) / 2, (1 - y) / 2];
}

/** The lines of constant longitude and latitude, every so many degrees. */
export function graticule(step: number): Point[][] {
  const lines: Point[][] = [];
  for (let longitude = -180 + step; longitude < 180; longitude += step) {
    lines.push(range(-90, 90).map(latitude => aitoff(longitude, latitude)));
  }
  for (let latitude = -90 + step; latitude < 90; latitude += step) {
    lines.push(range(-180, 180).map(longitude => aitoff(longitude, latitude)));
  }
  return lines;
}

function range(from: number, to: number, step = 5): number[] {
  return Array.from(
    { length: (to - from) / step + 1 },
    (_, index) => from + index * step
  );
}

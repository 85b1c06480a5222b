// Circles on the sky.

import { angles, vector } from './projection.mjs';

const DEGREE = Math.PI / 180;
export const EDGE_POINTS = 120;

/** The angle between two positions, in degrees; exact also where it is small. */
export function separation([ra1, dec1], [ra2, dec2]) {
  const [a, b] = [vector(ra1, dec1), vector(ra2, dec2)];
  const chord = Math.hypot(...a.map((value, i) => value - b[i]));
  return (2 * Math.asin(Math.min(1, chord / 2))) / DEGREE;
}

/** Positions along the edge of a circle, closed. */
export function circleOutline({ ra, dec, radius_deg }) {
  const [centre, east] = [vector(ra, dec), vector(ra + 90, 0)];
  const north = vector(ra, dec + 90);
  const [c, s] = [Math.cos(radius_deg * DEGREE), Math.sin(radius_deg * DEGREE)];
  return Array.from({ length: EDGE_POINTS + 1 }, (_, i) => {
    const turn = (2 * Math.PI * i) / EDGE_POINTS;
    return angles(
      centre.map((v, k) => c * v + s * (Math.sin(turn) * east[k] + Math.cos(turn) * north[k]))
    );
  });
}

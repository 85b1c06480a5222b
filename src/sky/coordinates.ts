/** A direction in degrees: right ascension and declination (ICRS), or l and b. */
export type Direction = readonly [longitude: number, latitude: number];

/** The frames that coordinates are shown in. */
export type Frame = 'icrs' | 'galactic';

const DEGREE = Math.PI / 180;

/**
 * From ICRS to galactic unit vectors (Hipparcos and Tycho Catalogues, ESA
 * SP-1200, volume 1, equation 1.5.11).
 */
const TO_GALACTIC = [
  [-0.0548755604, -0.8734370902, -0.4838350155],
  [0.4941094279, -0.44482963, 0.7469822445],
  [-0.867666149, -0.1980763734, 0.4559837762]
];

/** The galactic longitude and latitude of a direction. */
export function galactic([ra, dec]: Direction): Direction {
  const vector = [
    Math.cos(dec * DEGREE) * Math.cos(ra * DEGREE),
    Math.cos(dec * DEGREE) * Math.sin(ra * DEGREE),
    Math.sin(dec * DEGREE)
  ];
  const [x, y, z] = TO_GALACTIC.map(row =>
    row.reduce((sum, factor, axis) => sum + factor * vector[axis], 0)
  );
  return [
    normal(Math.atan2(y, x) / DEGREE),
    Math.asin(Math.max(-1, Math.min(1, z))) / DEGREE
  ];
}

/** A longitude from 0 to 360 degrees. */
export function normal(longitude: number): number {
  return longitude >= 0 && longitude < 360
    ? longitude
    : ((longitude % 360) + 360) % 360;
}

/** A direction as text, with as many digits as a field of view can tell. */
export function directionText(
  icrs: Direction,
  frame: Frame,
  fov_deg: number
): string {
  const digits = fov_deg > 10 ? 2 : fov_deg > 0.2 ? 4 : 6;
  const [longitude, latitude] = frame === 'icrs' ? icrs : galactic(icrs);
  const sign = latitude < 0 ? '−' : '+';
  const text = `${longitude.toFixed(digits)}° ${sign}${Math.abs(latitude).toFixed(digits)}°`;
  return frame === 'icrs' ? `ICRS ${text}` : `l, b ${text}`;
}

/** An angle as text: 12.5°, 3.20′, 8.1″. */
export function angleText(degrees: number): string {
  if (degrees >= 1) {
    return `${shortened(degrees)}°`;
  }
  return degrees >= 1 / 60
    ? `${shortened(degrees * 60)}′`
    : `${shortened(degrees * 3600)}″`;
}

function shortened(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

const NUMBER = '([-+−]?\\d+(?:\\.\\d*)?|[-+−]?\\.\\d+)';
const DEGREES = new RegExp(`^${NUMBER}°?[\\s,]+${NUMBER}°?$`);
const SEXAGESIMAL = new RegExp(
  '^(\\d{1,2})[h:\\s]\\s*(\\d{1,2})[m:\\s]\\s*(\\d{1,2}(?:\\.\\d*)?)s?[\\s,]+' +
    '([-+−]?)(\\d{1,2})[d°:\\s]\\s*(\\d{1,2})[m′\':\\s]\\s*(\\d{1,2}(?:\\.\\d*)?)[s″"]?$'
);

/**
 * Read a place in numbers: degrees (`10.68 +41.27`), or hours and degrees
 * (`00h42m44s +41d16m09s`, `00:42:44 +41:16:09`). Null when it is none, as a
 * name is.
 */
export function readPlace(text: string): Direction | null {
  const given = text.trim();
  const plain = DEGREES.exec(given);
  if (plain) {
    return checked(signed(plain[1]), signed(plain[2]));
  }
  const parts = SEXAGESIMAL.exec(given);
  if (!parts) {
    return null;
  }
  const [hours, minutes, seconds, , degrees, arcmin, arcsec] = parts
    .slice(1)
    .map(Number);
  const latitude = degrees + arcmin / 60 + arcsec / 3600;
  return checked(
    15 * (hours + minutes / 60 + seconds / 3600),
    /[-−]/.test(parts[4]) ? -latitude : latitude
  );
}

function signed(text: string): number {
  return Number(text.replace('−', '-'));
}

function checked(longitude: number, latitude: number): Direction | null {
  return Math.abs(latitude) <= 90 && Math.abs(longitude) <= 360
    ? [normal(longitude), latitude]
    : null;
}

// Numbers and places as people read them.

const digits = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

export function integer(value) {
  return digits.format(value);
}

/** Three significant digits, powers of ten beyond 99,999 and below 0.01. */
export function quantity(value) {
  if (value === 0 || !Number.isFinite(value)) {
    return '0';
  }
  const power = Math.floor(Math.log10(Math.abs(value)) + 1e-9);
  if (power > 4 || power < -2) {
    const mantissa = Number((value / 10 ** power).toPrecision(3));
    const raised = [...String(power)].map(c => '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'['-0123456789'.indexOf(c)]).join('');
    return mantissa === 1 ? `10${raised}` : `${mantissa}×10${raised}`;
  }
  return value >= 100 ? integer(value) : String(Number(value.toPrecision(3)));
}

// Split an angle into three sexagesimal parts, rounded before the split so that no 60 is shown.
function sexagesimal(value, decimals) {
  const unit = 10 ** decimals;
  const total = Math.round(Math.abs(value) * 3600 * unit);
  return [
    Math.floor(total / (3600 * unit)),
    Math.floor(total / (60 * unit)) % 60,
    (total % (60 * unit)) / unit
  ];
}

const padded = (value, decimals = 0) =>
  value.toFixed(decimals).padStart(decimals ? decimals + 3 : 2, '0');

// Decimals of a second that a pixel of so many degrees can tell apart.
const decimalsOf = degrees => Math.max(0, Math.min(3, Math.ceil(-Math.log10(degrees * 3600))));

export function hours(ra, pixel) {
  const decimals = decimalsOf(pixel / 15);
  const [h, m, s] = sexagesimal(ra / 15, decimals);
  return `${padded(h % 24)}h${padded(m)}m${padded(s, decimals)}s`;
}

export function signedDegrees(dec, pixel) {
  const decimals = decimalsOf(pixel);
  const [d, m, s] = sexagesimal(dec, decimals);
  return `${dec < 0 ? '−' : '+'}${padded(d)}°${padded(m)}′${padded(s, decimals)}″`;
}

/** Degrees with as many decimals as a pixel can tell apart. */
export function decimalDegrees(value, pixel, signed = false) {
  const decimals = Math.max(1, Math.min(5, Math.ceil(-Math.log10(pixel)) + 1));
  const text = Math.abs(value).toFixed(decimals);
  const sign = value < 0 && Number(text) > 0 ? '−' : signed ? '+' : '';
  return `${sign}${text}`;
}

// Parts of an angle that are not zero at this step: 5h, 5h30m, 12°, 12°30′.
function shortened(value, step, names) {
  const [a, b, c] = sexagesimal(value, 0);
  const parts = [`${a}${names[0]}`];
  if (step < 1 - 1e-9) {
    parts.push(`${padded(b)}${names[1]}`);
  }
  if (step < 1 / 60 - 1e-9) {
    parts.push(`${padded(c)}${names[2]}`);
  }
  return parts.join('');
}

/** Label of a meridian of the graticule. */
export function longitudeLabel(lon, step, inHours) {
  const value = ((lon % 360) + 360) % 360;
  return inHours
    ? shortened(value / 15, step / 15, ['h', 'm', 's'])
    : shortened(value, step, ['°', '′', '″']);
}

/** Label of a parallel of the graticule. */
export function latitudeLabel(lat, step) {
  const sign = lat > 1e-9 ? '+' : lat < -1e-9 ? '−' : '';
  return sign + shortened(Math.abs(lat), step, ['°', '′', '″']);
}

// The lines of equal longitude and latitude over a map, with their labels.

import { HALF_WIDTH } from './projection.mjs';
import { latitudeLabel, longitudeLabel } from './labels.mjs';

// Steps in degrees between parallels, and between meridians when they are labelled in hours.
const DEGREES = [30, 15, 10, 5, 2, 1, 30 / 60, 20 / 60, 10 / 60, 5 / 60, 2 / 60, 1 / 60].concat(
  [30, 20, 10, 5, 2, 1].map(seconds => seconds / 3600)
);
const HOURS = [2, 1, 30 / 60, 20 / 60, 10 / 60, 5 / 60, 2 / 60, 1 / 60]
  .concat([30, 20, 10, 5, 2, 1, 0.5].map(seconds => seconds / 3600))
  .map(hours => 15 * hours);

const stepFor = (span, steps) => steps.find(step => step <= span / 3.5) ?? steps[steps.length - 1];

/** The range of longitude and latitude in view, from the border of the map. */
function extent(view) {
  const across = 16;
  const points = [];
  for (let i = 0; i <= across; i++) {
    const x = (view.width * i) / across;
    const y = (view.height * i) / across;
    points.push([x, 0], [x, view.height], [0, y], [view.width, y]);
  }
  const positions = points.map(([x, y]) => view.position(x, y, view.frame));
  if (positions.some(p => p === null)) {
    return { whole: true, lon: [view.lon - 180, view.lon + 180], lat: [-90, 90] };
  }
  const offsets = positions.map(([lon]) => ((lon - view.lon + 540) % 360) - 180);
  let lat = [Math.min(...positions.map(p => p[1])), Math.max(...positions.map(p => p[1]))];
  let lon = [view.lon + Math.min(...offsets), view.lon + Math.max(...offsets)];
  for (const pole of [-90, 90]) {
    const [x, y] = view.pixel(0, pole, view.frame);
    if (x >= 0 && x <= view.width && y >= 0 && y <= view.height) {
      lat = [Math.min(lat[0], pole), Math.max(lat[1], pole)];
      lon = [view.lon - 180, view.lon + 180];
    }
  }
  return { whole: false, lon, lat };
}

function multiples(step, [low, high]) {
  const values = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9; i++) {
    values.push(i * step);
  }
  return values;
}

/** The pieces of a line given by positions, cut where the edge of the sky parts it. */
export function pieces(view, positions) {
  const jump = (0.5 * HALF_WIDTH) / view.scale;
  const lines = [];
  let line = [];
  for (const [lon, lat, frame] of positions) {
    const point = view.pixel(lon, lat, frame);
    const last = line[line.length - 1];
    if (last && Math.hypot(point[0] - last[0], point[1] - last[1]) > jump) {
      lines.push(line);
      line = [];
    }
    line.push(point);
  }
  lines.push(line);
  return lines;
}

function trace(context, lines) {
  context.beginPath();
  for (const line of lines) {
    line.forEach(([x, y], i) => (i ? context.lineTo(x, y) : context.moveTo(x, y)));
  }
}

/** Draw lines and labels: with `ink(alpha)` on the map, with `outside` around it. */
export function drawGraticule(context, view, ink, outside, raUnit) {
  const { whole, lon, lat } = extent(view);
  const inHours = view.frame === 'icrs' && raUnit === 'hours';
  const spanLat = Math.min(lat[1] - lat[0], view.scale * view.height);
  const spanLon = Math.min(360, lon[1] - lon[0]);
  const stepLat = whole ? 30 : stepFor(spanLat, DEGREES);
  const stepLon = whole ? 30 : stepFor(spanLon, inHours ? HOURS : DEGREES);
  const between = (a, b, n) => Array.from({ length: n + 1 }, (_, i) => a + ((b - a) * i) / n);
  const seen = ([x, y]) => x >= 0 && x <= view.width && y >= 0 && y <= view.height;
  const labels = [];
  context.lineWidth = 1;
  context.strokeStyle = ink(0.28);

  for (const value of multiples(stepLat, lat).filter(v => Math.abs(v) < 90)) {
    // The longitudes stop short of the edge of the sky, which belongs to both of its sides.
    const [from, to] = whole ? [view.lon - 179.999, view.lon + 179.999] : lon;
    const line = pieces(
      view,
      between(from, to, 120).map(l => [l, value, view.frame])
    );
    trace(context, line);
    context.stroke();
    const visible = line.flat().filter(seen);
    if (visible.length && !(whole && value === 0)) {
      const [x, y] = visible.reduce((a, b) => (b[0] < a[0] ? b : a));
      labels.push({ x, y, text: latitudeLabel(value, stepLat), parallel: true });
    }
  }

  const meridians = multiples(stepLon, spanLon >= 359.9 ? [0, 360 - stepLon / 2] : lon);
  for (const value of meridians) {
    const [from, to] = spanLon >= 359.9 ? [Math.max(lat[0], -89.9), Math.min(lat[1], 89.9)] : lat;
    const line = pieces(
      view,
      between(from, to, 90).map(l => [value, l, view.frame])
    );
    trace(context, line);
    context.stroke();
    const visible = line.flat().filter(seen);
    const text = longitudeLabel(value, stepLon, inHours);
    if (whole) {
      const [x, y] = view.pixel(value, 0, view.frame);
      labels.push({ x, y, text, parallel: false });
    } else if (visible.length) {
      const [x, y] = visible.reduce((a, b) => (b[1] > a[1] ? b : a));
      labels.push({ x, y, text, parallel: false });
    }
  }
  drawLabels(context, view, labels, whole, ink, outside);
}

function drawLabels(context, view, labels, whole, ink, outside) {
  const taken = [];
  for (const label of labels) {
    const width = context.measureText(label.text).width;
    const spot = { x: label.x + 4, y: label.y - 4, on: true };
    if (label.parallel && whole && label.x > width + 8) {
      spot.x = label.x - width - 5;
      spot.y = label.y + 4;
      spot.on = false;
    } else if (!label.parallel && !whole) {
      spot.y = Math.min(label.y, view.height) - 5;
    }
    const fits =
      spot.x >= 0 &&
      spot.x + width <= view.width &&
      spot.y >= 12 &&
      spot.y <= view.height &&
      !taken.some(
        t => Math.abs(t.y - spot.y) < 14 && spot.x < t.x + t.width + 8 && t.x < spot.x + width + 8
      );
    if (fits) {
      taken.push({ ...spot, width });
      context.fillStyle = spot.on ? ink(0.85) : outside;
      if (spot.on) {
        context.lineWidth = 3;
        context.strokeStyle = ink(0.55, true);
        context.strokeText(label.text, spot.x, spot.y);
      }
      context.fillText(label.text, spot.x, spot.y);
    }
  }
}

// What the widget says: about the counts, the place under the pointer, and to screen readers.

import { decimalDegrees, hours, integer, quantity, signedDegrees } from './labels.mjs';
import { make } from './panel.mjs';

/** Show a sentence over the map, with a way to try again when one is given; hide it when empty. */
export function say(part, text, hint = '', tryAgain = null) {
  const { message } = part;
  message.hidden = !text;
  message.replaceChildren(make('strong', { textContent: text }));
  if (hint) {
    message.append(make('span', { textContent: hint }));
  }
  if (tryAgain) {
    message.append(
      make('button', {
        class: 'dl-density-button',
        textContent: 'Try again now',
        onclick: tryAgain
      })
    );
  }
}

const HOW = {
  pyramid: 'from the pyramid of counts',
  points: 'every row counted',
  query: 'counted for this map',
  cube: 'roughly, by cells of the sky'
};

/** Tell what was counted and how, and whom to thank. */
export function tellAbout(part, frame) {
  const { rows, total, method, sample, credit, simulated, what } = frame.told;
  const whole = rows === null ? '' : `${integer(rows)} rows · `;
  const how = sample || HOW[method];
  const smoothed = frame.smoothing ? ` · smoothed over ${quantity(frame.smoothing)}°` : '';
  const shown = what ? `${what} · ` : '';
  part.about.textContent = `${shown}${whole}${integer(total)} in view · ${how}${smoothed}`;
  part.credit.replaceChildren();
  if (simulated) {
    const badge = { class: 'dl-density-badge', textContent: 'Simulated, not observed' };
    part.credit.append(make('span', badge));
  }
  if (credit) {
    part.credit.append(make('span', { textContent: `Credit: ${credit}` }));
  }
  if (total === 0) {
    say(part, 'No rows here.', 'Zoom out, or press 0 for the whole sky.');
  }
}

/** Tell the place and the density under the pointer, or in the middle when there is none. */
export function tellPlace(part, view, frame, pointer) {
  const [x, y] = pointer ?? [view.width / 2, view.height / 2];
  const position = view.position(x, y);
  if (!position) {
    part.place.textContent = '';
    part.degrees.textContent = '';
    return;
  }
  const [ra, dec] = position;
  const degrees = (a, b) =>
    `${decimalDegrees(a, view.scale)}° ${decimalDegrees(b, view.scale, true)}°`;
  const found = frame?.valueAt(view.vectorAt(x, y)) ?? null;
  const value = found === null ? '' : ` · ${quantity(found)}${frame.unitAfter}`;
  const where = pointer ? '' : 'Middle: ';
  const sexagesimal = `RA ${hours(ra, view.scale)} Dec ${signedDegrees(dec, view.scale)}`;
  part.place.textContent = `${where}${sexagesimal}${value}`;
  const [other, names] = view.frame === 'ecliptic' ? ['ecliptic', 'λ, β'] : ['galactic', 'l, b'];
  part.degrees.textContent = `${degrees(ra, dec)} · ${names} ${degrees(...view.position(x, y, other))}`;
}

/** Tell screen readers where the map looks and what is there. */
export function tellView(part, title, view, frame) {
  const { ra, dec, fov, scale } = view;
  const total = frame ? `, ${integer(frame.told.total)} rows in view` : '';
  const words =
    `Centre RA ${hours(ra, scale)}, Dec ${signedDegrees(dec, scale)}, ` +
    `${quantity(Math.min(fov, 360))} degrees wide${total}.`;
  part.canvas.setAttribute('aria-label', `${title}. ${words}`);
  part.spoken.textContent = words;
}

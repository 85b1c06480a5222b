// The colour bar: a gradient with round numbers and their unit under it.

import { FAINTEST, css, roundValues } from './colours.mjs';
import { quantity } from './labels.mjs';

const GRADIENT_HEIGHT = 10;

/** Draw the bar of a frame; without one, or with no rows in it, the bar stays empty. */
export function drawBar(canvas, frame, palette, ratio) {
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext('2d');
  context.scale(ratio, ratio);
  const scale = frame?.scale;
  if (!scale?.occupied) {
    canvas.setAttribute('aria-label', 'No rows in view');
    return;
  }
  const style = getComputedStyle(canvas);
  context.font = `${style.fontSize} ${style.fontFamily}`;
  const { unit } = frame;
  const unitWidth = context.measureText(unit).width;
  const margin = 16;
  const length = width - unitWidth - 2 * margin;
  for (let x = 0; x < length; x++) {
    const fraction = FAINTEST + ((1 - FAINTEST) * x) / length;
    context.fillStyle = css(palette[Math.round(255 * fraction)]);
    context.fillRect(margin + x, 0, 1.5, GRADIENT_HEIGHT);
  }
  context.fillStyle = style.color;
  context.textBaseline = 'top';
  context.fillText(unit, width - unitWidth, GRADIENT_HEIGHT + 6);

  const [low, high] = [scale.low, scale.high].map(value => frame.quantityOf(value));
  const linear = frame.measured || scale.stretch === 'linear';
  const candidates = high > low ? roundValues(low, high, linear) : [[low, 0]];
  const taken = [];
  for (const [value] of [...candidates, [low, 9], [high, 9]]) {
    const text = quantity(value);
    const half = context.measureText(text).width / 2;
    const x = margin + length * (high > low ? scale.fraction(frame.valueOf(value)) : 0.5);
    const fits =
      x - half >= 0 &&
      x + half <= width - unitWidth - 6 &&
      taken.every(t => Math.abs(t.x - x) > t.half + half + 8);
    if (fits) {
      taken.push({ x, half });
      context.fillRect(x - 0.5, GRADIENT_HEIGHT, 1, 4);
      context.fillText(text, x - half, GRADIENT_HEIGHT + 6);
    }
  }
  canvas.setAttribute(
    'aria-label',
    `Colours from ${quantity(low)} to ${quantity(high)} ${frame.unitWords}`
  );
}

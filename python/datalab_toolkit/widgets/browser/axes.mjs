// The axes of a plane: frame, round numbers, labels.

const NICE = [1, 2, 2.5, 5, 10];

/** Round numbers within a range, which may run either way. */
export function ticks([from, to], most) {
  const [low, high] = from < to ? [from, to] : [to, from];
  const rough = (high - low) / Math.max(2, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * NICE.find(nice => nice * power >= rough * (1 - 1e-9));
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9) + (step / power === 2.5 ? 1 : 0));
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + 1e-9 * step; i++) {
    const value = i * step;
    found.push({ value, text: value.toFixed(Math.min(decimals, 8)).replace('-', '−') });
  }
  return found;
}

/** Draw the axes around a plot, with faint lines through it. */
export function drawAxes(context, plot, x, y, { ink, line, family, on }) {
  const { left, top, width, height } = plot;
  const [right, bottom] = [left + width, top + height];
  const along = ([from, to], value) => (value - from) / (to - from);
  context.font = `11px ${family}`;
  context.lineWidth = 1;
  context.fillStyle = ink;
  context.textBaseline = 'top';
  context.textAlign = 'center';
  for (const { value, text } of ticks(x.range, width / 70)) {
    const at = left + width * along(x.range, value);
    stroke(context, on, at, top, at, bottom);
    stroke(context, ink, at, bottom, at, bottom + 4);
    context.fillText(text, at, bottom + 7);
  }
  context.textBaseline = 'middle';
  context.textAlign = 'right';
  for (const { value, text } of ticks(y.range, height / 50)) {
    const at = bottom - height * along(y.range, value);
    stroke(context, on, left, at, right, at);
    stroke(context, ink, left - 4, at, left, at);
    context.fillText(text, left - 7, at);
  }
  context.strokeStyle = line;
  context.strokeRect(left - 0.5, top - 0.5, width + 1, height + 1);
  context.font = `12px ${family}`;
  context.textAlign = 'center';
  context.textBaseline = 'alphabetic';
  context.fillText(x.label, left + width / 2, bottom + 40);
  context.save();
  context.translate(14, top + height / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(y.label, 0, 0);
  context.restore();
  context.textAlign = 'left';
}

function stroke(context, style, x0, y0, x1, y1) {
  context.strokeStyle = style;
  context.beginPath();
  context.moveTo(x0, y0);
  context.lineTo(x1, y1);
  context.stroke();
}

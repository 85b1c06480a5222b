// A histogram of two values. The kernel has the counts (Hist2d in widgets/hist2d.py); colours, axes
// and moves are made here.

import { Scale, colour, isDark } from './colours.mjs';
import { drawBar } from './colourbar.mjs';
import { integer, quantity } from './labels.mjs';
import { CountsView } from './countsview.mjs';
import { pixelIn, wheelFactor } from './gestures.mjs';
import { make } from './panel.mjs';
import { buildPlanePanel } from './planepanel.mjs';
import { drawAxes } from './axes.mjs';

const MARGIN = { left: 66, right: 14, top: 12, bottom: 50 };
const TALLEST = 520;
const SETTLED_MS = 160;
const ROUGH_MS = 250;

class Plane extends CountsView {
  constructor(model, el) {
    super(model, el);
    this.part = buildPlanePanel(el, model.get('_stretches'), model.get('_colormaps'));
    this.readRanges();
    this.connectControls();
    this.connectPointer();
    this.connectKeys();
    this.connectModel();
    this.watchSurroundings();
    this.showControls();
    this.showSelection();
    this.takeCounts();
  }

  // ---- the model -------------------------------------------------------------------------------

  connectModel() {
    this.on(['_told', '_counts'], () => this.after('counts', 0, () => this.takeCounts()));
    this.on(['x_range', 'y_range'], () => {
      this.readRanges();
      this.draw();
    });
    this.on(['stretch', 'colormap', 'cuts', 'invert_x', 'invert_y'], () => {
      this.showControls();
      this.paint();
    });
    this.on(['box', '_condition', '_code'], () => this.showSelection());
    this.on(['_message'], () => this.say());
  }

  readRanges() {
    this.x = [...this.model.get('x_range')];
    this.y = [...this.model.get('y_range')];
  }

  /** Take the counts that the kernel has now. */
  takeCounts() {
    const told = this.model.get('_told');
    const bytes = this.model.get('_counts');
    const [width, height] = told.bins ?? [0, 0];
    if (bytes.byteLength !== 4 * width * height || !width) {
      return;
    }
    this.told = told;
    this.counts = new Uint32Array(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
    );
    this.values = Float32Array.from(this.counts);
    this.paint();
    this.tellAbout();
    if (told.rough) {
      this.after('rough', ROUGH_MS, () => this.model.send({ kind: 'exact' }));
    }
  }

  // ---- drawing ---------------------------------------------------------------------------------

  size() {
    const width = Math.floor(this.part.stage.clientWidth);
    return { width, height: Math.max(240, Math.min(TALLEST, Math.round(0.72 * width))) };
  }

  paint() {
    const { model } = this;
    this.readPalette();
    if (this.values) {
      this.scale = new Scale(this.values, model.get('stretch'), model.get('cuts'));
      const [width, height] = this.told.bins;
      const pixels = colour(this.values, this.scale, this.palette);
      const image = new ImageData(new Uint8ClampedArray(pixels.buffer), width, height);
      this.picture = make('canvas', { width, height });
      this.picture.getContext('2d').putImageData(image, 0, 0);
    }
    const bar = {
      scale: this.scale,
      measured: false,
      unit: 'rows per bin',
      unitWords: 'rows per bin',
      quantityOf: value => value,
      valueOf: value => value
    };
    drawBar(this.part.bar, bar, this.palette, window.devicePixelRatio || 1);
    this.draw();
  }

  /** The rectangle of the plot in the canvas. */
  get plot() {
    const { width, height } = this.size();
    return {
      left: MARGIN.left,
      top: MARGIN.top,
      width: width - MARGIN.left - MARGIN.right,
      height: height - MARGIN.top - MARGIN.bottom
    };
  }

  /** The pixel of a place on the plane. */
  toPixel(x, y) {
    const { left, top, width, height } = this.plot;
    const across = (x - this.x[0]) / (this.x[1] - this.x[0]);
    const up = (y - this.y[0]) / (this.y[1] - this.y[0]);
    return [
      left + width * (this.model.get('invert_x') ? 1 - across : across),
      top + height * (this.model.get('invert_y') ? up : 1 - up)
    ];
  }

  /** The place on the plane behind a pixel. */
  toPlane(column, row) {
    const { left, top, width, height } = this.plot;
    const across = (column - left) / width;
    const down = (row - top) / height;
    const [u, v] = [
      this.model.get('invert_x') ? 1 - across : across,
      this.model.get('invert_y') ? down : 1 - down
    ];
    return [this.x[0] + u * (this.x[1] - this.x[0]), this.y[0] + v * (this.y[1] - this.y[0])];
  }

  drawNow() {
    const size = this.size();
    if (size.width < 2 || !this.palette) {
      return;
    }
    const context = this.emptyCanvas(size);
    const { plot } = this;
    context.save();
    context.beginPath();
    context.rect(plot.left, plot.top, plot.width, plot.height);
    context.clip();
    this.drawCounts(context, plot);
    this.drawSelection(context, plot);
    context.restore();
    const style = getComputedStyle(this.part.canvas);
    const ends = (range, inverted) => (inverted ? [range[1], range[0]] : range);
    drawAxes(
      context,
      plot,
      {
        range: ends(this.x, this.model.get('invert_x')),
        label: this.told?.x.label ?? ''
      },
      {
        range: ends(this.y, this.model.get('invert_y')),
        label: this.told?.y.label ?? ''
      },
      {
        ink: style.color,
        line: style.getPropertyValue('--dl-line'),
        family: style.fontFamily,
        on: isDark(this.palette[0]) ? 'rgba(255, 255, 255, 0.14)' : 'rgba(0, 0, 0, 0.12)'
      }
    );
    this.read();
  }

  drawCounts(context, plot) {
    const [r, g, b] = [0, 8, 16].map(shift => (this.palette[0] >>> shift) & 255);
    context.fillStyle = `rgb(${r}, ${g}, ${b})`;
    context.fillRect(plot.left, plot.top, plot.width, plot.height);
    if (!this.picture) {
      return;
    }
    const { x, y } = this.told;
    const [fromX, fromY] = this.toPixel(x.low, y.low);
    const [toX, toY] = this.toPixel(x.high, y.high);
    context.save();
    context.imageSmoothingEnabled = false;
    context.translate(fromX, fromY);
    context.scale(
      (toX - fromX) / this.picture.width,
      (toY - fromY) / this.picture.height
    );
    context.drawImage(this.picture, 0, 0);
    context.restore();
  }

  drawSelection(context, plot) {
    const box = this.drag?.box ?? this.model.get('box');
    if (!box) {
      return;
    }
    const [ax, ay] = this.toPixel(box.x_min, box.y_min);
    const [bx, by] = this.toPixel(box.x_max, box.y_max);
    const [left, top] = [Math.min(ax, bx), Math.min(ay, by)];
    const [width, height] = [Math.abs(bx - ax), Math.abs(by - ay)];
    const outside = new Path2D();
    outside.rect(plot.left, plot.top, plot.width, plot.height);
    outside.rect(left, top, width, height);
    context.fillStyle = 'rgba(0, 0, 0, 0.45)';
    context.fill(outside, 'evenodd');
    for (const [stroke, lineWidth] of [
      ['rgba(0, 0, 0, 0.6)', 4],
      ['#ffffff', 1.75]
    ]) {
      context.strokeStyle = stroke;
      context.lineWidth = lineWidth;
      context.strokeRect(left, top, width, height);
    }
  }

  watchSurroundings() {
    this.onResized(this.part.stage, () => this.paint());
    this.onThemed(() => this.paint());
  }

  // ---- words -----------------------------------------------------------------------------------

  tellAbout() {
    const { rows, total, outside, missing, sample, credit, simulated, where, rough } = this.told;
    const parts = [
      where && `where ${where}`,
      rows !== null && `${integer(rows)} rows`,
      `${integer(total)} in view`,
      outside && `${integer(outside)} beyond`,
      missing && `${integer(missing)} without a value`,
      sample || (rough ? 'roughly, by cells of the sky' : '')
    ];
    this.part.about.textContent = parts.filter(Boolean).join(' · ');
    this.part.credit.replaceChildren();
    if (simulated) {
      const badge = { class: 'dl-density-badge', textContent: 'Simulated, not observed' };
      this.part.credit.append(make('span', badge));
    }
    if (credit) {
      this.part.credit.append(make('span', { textContent: `Credit: ${credit}` }));
    }
    const words = `${this.told.x.value} from ${quantity(this.x[0])} to ${quantity(this.x[1])}, ${
      this.told.y.value
    } from ${quantity(this.y[0])} to ${quantity(this.y[1])}, ${integer(total)} rows in view.`;
    this.part.canvas.setAttribute('aria-label', `${this.model.get('_title')}. ${words}`);
    this.part.spoken.textContent = words;
  }

  say() {
    const [text, hint] = this.model.get('_message');
    this.part.message.hidden = !text;
    this.part.message.replaceChildren(
      make('strong', { textContent: text ?? '' }),
      make('span', { textContent: hint ?? '' })
    );
  }

  /** Tell the place and the rows under the pointer. */
  read() {
    const { plot, pointer, told } = this;
    const inside =
      pointer &&
      told &&
      pointer[0] >= plot.left &&
      pointer[0] < plot.left + plot.width &&
      pointer[1] >= plot.top &&
      pointer[1] < plot.top + plot.height;
    if (!inside) {
      this.part.place.textContent = '';
      return;
    }
    const [x, y] = this.toPlane(...pointer);
    const bin = (value, axis, bins) =>
      Math.floor((bins * (value - axis.low)) / (axis.high - axis.low));
    const [i, j] = [bin(x, told.x, told.bins[0]), bin(y, told.y, told.bins[1])];
    const known = i >= 0 && j >= 0 && i < told.bins[0] && j < told.bins[1];
    const rows = known ? ` · ${integer(this.counts[j * told.bins[0] + i])} rows` : '';
    const named = (axis, value) =>
      `${axis.value} = ${value.toFixed(3)}${axis.unit ? ` ${axis.unit}` : ''}`;
    this.part.place.textContent = `${named(told.x, x)} · ${named(told.y, y)}${rows}`;
  }

  showControls() {
    super.showControls();
    this.part.flip.setAttribute('aria-pressed', this.model.get('invert_y'));
  }

  // ---- what people do --------------------------------------------------------------------------

  connectControls() {
    const { part, model } = this;
    super.connectControls();
    part.flip.onclick = () => this.set({ invert_y: !model.get('invert_y') });
    part.all.onclick = () => this.showAll();
    this.home ??= { x: [...this.x], y: [...this.y] };
  }

  /** Show another part of the plane: at once from the counts there are, then from new ones. */
  look(x, y) {
    this.x = x;
    this.y = y;
    this.draw();
    this.after('settle', SETTLED_MS, () => this.set({ x_range: x, y_range: y }));
  }

  showAll() {
    this.look([...this.home.x], [...this.home.y]);
  }

  zoom(factor, at = [(this.x[0] + this.x[1]) / 2, (this.y[0] + this.y[1]) / 2]) {
    const zoomed = (range, middle) => range.map(end => middle + factor * (end - middle));
    this.look(zoomed(this.x, at[0]), zoomed(this.y, at[1]));
  }

  pan(columns, rows) {
    const [x0, y0] = this.toPlane(0, 0);
    const [x1, y1] = this.toPlane(columns, rows);
    this.look(
      this.x.map(end => end - (x1 - x0)),
      this.y.map(end => end - (y1 - y0))
    );
  }

  connectPointer() {
    const { canvas } = this.part;
    const at = pixelIn(canvas);
    canvas.onpointerdown = event => {
      if (event.button === 0) {
        canvas.setPointerCapture(event.pointerId);
        this.drag = { start: at(event), last: at(event), selecting: this.selecting || event.shiftKey };
      }
    };
    canvas.onpointermove = event => {
      this.pointer = at(event);
      if (!this.drag) {
        this.read();
      } else if (this.drag.selecting) {
        this.drag.box = this.boxBetween(this.drag.start, this.pointer);
        this.draw();
      } else {
        this.pan(this.pointer[0] - this.drag.last[0], this.pointer[1] - this.drag.last[1]);
        this.drag.last = this.pointer;
      }
    };
    canvas.onpointerup = canvas.onpointercancel = () => {
      const box = this.drag?.box;
      this.drag = null;
      if (box) {
        this.select(box);
      }
      this.draw();
    };
    canvas.onpointerleave = () => {
      this.pointer = null;
      this.read();
    };
    canvas.ondblclick = event => this.zoom(event.shiftKey ? 2 : 0.5, this.toPlane(...at(event)));
    const wheel = event => {
      event.preventDefault();
      this.zoom(wheelFactor(event), this.toPlane(...at(event)));
    };
    canvas.addEventListener('wheel', wheel, { passive: false });
  }

  /** The box between two pixels; null when it is too small. */
  boxBetween(a, b) {
    if (Math.abs(a[0] - b[0]) < 3 || Math.abs(a[1] - b[1]) < 3) {
      return null;
    }
    const sorted = (p, q) => [p, q].sort((u, v) => u - v);
    const [p, q] = [this.toPlane(...a), this.toPlane(...b)];
    const [x, y] = [sorted(p[0], q[0]), sorted(p[1], q[1])];
    return { x_min: x[0], x_max: x[1], y_min: y[0], y_max: y[1] };
  }

  /** Keys move, zoom and select. */
  connectKeys() {
    const { plot } = this;
    const step = 0.1 * plot.height;
    const keys = {
      ArrowLeft: () => this.pan(step, 0),
      ArrowRight: () => this.pan(-step, 0),
      ArrowUp: () => this.pan(0, step),
      ArrowDown: () => this.pan(0, -step),
      '+': () => this.zoom(0.5),
      '=': () => this.zoom(0.5),
      '-': () => this.zoom(2),
      0: () => this.showAll(),
      Escape: () => this.select(null),
      Enter: () => this.selecting && this.selectMiddle()
    };
    this.onKeys(this.part.canvas, ({ key }) => {
      keys[key]?.();
      return key in keys;
    });
  }

  selectMiddle() {
    const { left, top, width, height } = this.plot;
    this.select(
      this.boxBetween(
        [left + width / 4, top + height / 4],
        [left + (3 * width) / 4, top + (3 * height) / 4]
      )
    );
  }
}

export default {
  render({ model, el }) {
    const plane = new Plane(model, el);
    return () => plane.close();
  }
};

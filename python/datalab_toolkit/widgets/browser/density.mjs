// The density map. The kernel sends counts for a view (DensityMap in widgets/density.py); the
// colours, the lines and the moves are made here, so that a drag never waits for the kernel.

import { HALF_HEIGHT, HALF_WIDTH, SkyView } from './projection.mjs';
import { isDark, palettePixels } from './colours.mjs';
import { decimalDegrees, hours, integer, quantity, signedDegrees } from './labels.mjs';
import { drawBar } from './colourbar.mjs';
import { drawGraticule } from './graticule.mjs';
import { Drag, drawBox } from './selection.mjs';
import { Frame } from './frame.mjs';
import { buildPanel, copyText, make } from './panel.mjs';

const SMALLEST_FOV = 0.002;
const LARGEST_FRAME = 1.4e6; // pixels asked for at once, so that a big screen stays quick
const LONGEST_EDGE = 2048;
const TALLEST = 560;

const SETTLED_MS = 160; // after the last move, ask for the full resolution
const PATIENCE_MS = 2500; // before we say that the kernel is busy
const LOST_MS = 30000; // after which an answer is no longer expected
const RETRIES_MS = [1000, 2000, 4000, 8000, 15000];

let readers = 0;

class DensityMap {
  constructor(model, el) {
    this.model = model;
    this.el = el;
    this.reader = `${Date.now()}-${readers++}`;
    this.asked = 0;
    this.failures = 0;
    this.timers = {};
    this.part = buildPanel(el, model.get('_stretches'), model.get('_colormaps'));
    this.view = null;
    this.readModel();
    this.connectControls();
    this.connectPointer();
    this.connectModel();
    this.watchSurroundings();
    this.showControls();
    this.showSelection();
  }

  // ---- the model -------------------------------------------------------------------------------

  connectModel() {
    const model = this.model;
    const on = (names, callback) =>
      names.forEach(name => {
        model.on(`change:${name}`, callback);
        this.leave(() => model.off(`change:${name}`, callback));
      });
    on(['center', 'fov', 'frame', 'projection', 'ra_unit'], () => this.followModel());
    on(['stretch', 'colormap', 'cuts', 'smooth'], () => {
      this.showControls();
      this.paint();
    });
    on(['selection', '_code'], () => this.showSelection());
    const receive = (message, buffers) => this.receive(message, buffers);
    model.on('msg:custom', receive);
    this.leave(() => model.off('msg:custom', receive));
  }

  leave(callback) {
    (this.leaving ??= []).push(callback);
  }

  close() {
    this.leaving.forEach(callback => callback());
    Object.values(this.timers).forEach(clearTimeout);
    cancelAnimationFrame(this.drawing);
  }

  readModel() {
    const [ra, dec] = this.model.get('center');
    const settings = { ra, dec };
    ['fov', 'frame', 'projection'].forEach(name => (settings[name] = this.model.get(name)));
    this.view = new SkyView({ ...this.size(), ...settings });
  }

  followModel() {
    const before = this.view;
    this.readModel();
    this.showControls();
    if (!this.view.sees(before)) {
      this.request();
    }
    this.draw();
  }

  set(changes) {
    Object.entries(changes).forEach(([name, value]) => this.model.set(name, value));
    this.model.save_changes();
  }

  // ---- asking for counts -----------------------------------------------------------------------

  /** Look elsewhere: shown at once from the last counts, then from new ones. */
  look(view) {
    this.view = view;
    this.moving = true;
    this.after('settle', SETTLED_MS, () => {
      this.moving = false;
      this.request();
      if (!this.waiting) {
        this.speak();
      }
    });
    this.draw();
    this.request();
  }

  /** Ask the kernel for the counts in view: one request at a time, the latest view wins. */
  request() {
    if (this.view.width < 2 || (this.waiting && Date.now() - this.askedAt < LOST_MS)) {
      this.outdated = true;
      return;
    }
    this.outdated = false;
    const { ra, dec, fov, frame, projection, width, height } = this.view;
    const [modelRa, modelDec] = this.model.get('center');
    if (ra !== modelRa || dec !== modelDec || fov !== this.model.get('fov')) {
      this.set({ center: [ra, dec], fov });
    }
    const ratio = this.moving ? 1 : this.ratio();
    const size = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
    if (this.frame?.view.sees(this.view) && this.frame.view.width >= size.width && !this.failures) {
      return;
    }
    if (!this.frame && !this.failures) {
      this.say('Counting rows …');
    }
    this.waiting = ++this.asked;
    this.askedAt = Date.now();
    this.after('patience', PATIENCE_MS, () =>
      this.say('Waiting for the kernel, which is busy or not running.')
    );
    this.model.send({
      kind: 'view',
      reader: this.reader,
      number: this.waiting,
      view: { ra, dec, fov, frame, projection, ...size }
    });
  }

  receive(message, buffers) {
    if (message.reader !== this.reader || message.number !== this.waiting) {
      return;
    }
    this.waiting = 0;
    clearTimeout(this.timers.patience);
    if (message.kind === 'error') {
      const delay = RETRIES_MS[Math.min(this.failures++, RETRIES_MS.length - 1)];
      this.say(message.message, message.hint, true);
      if (message.retry) {
        this.after('retry', delay, () => this.request());
      }
      return;
    }
    this.failures = 0;
    this.say('');
    const bytes = buffers[0];
    const counts = new Uint32Array(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
    );
    this.frame = new Frame(message.told, counts);
    this.paint();
    if (!this.moving) {
      this.speak();
    }
    if (this.outdated || !this.frame.view.sees(this.view)) {
      this.request();
    }
  }

  after(name, delay, callback) {
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(callback, delay);
  }

  ratio() {
    const { width, height } = this.view;
    const largest = Math.min(LONGEST_EDGE / width, Math.sqrt(LARGEST_FRAME / (width * height)));
    return Math.min(window.devicePixelRatio || 1, largest);
  }

  // ---- drawing ---------------------------------------------------------------------------------

  size() {
    const width = Math.floor(this.part.stage.clientWidth);
    return { width, height: Math.max(160, Math.min(TALLEST, Math.round(width / 2))) };
  }

  paint() {
    const names = this.model.get('_colormaps');
    this.palette = palettePixels(this.model.get('_palettes'), names, this.model.get('colormap'));
    if (this.frame) {
      const [stretch, cuts, smooth] = ['stretch', 'cuts', 'smooth'].map(n => this.model.get(n));
      this.frame.paint({ stretch, cuts, smooth }, this.palette);
      this.showAbout();
    }
    drawBar(this.part.bar, this.frame, this.palette, window.devicePixelRatio || 1);
    this.draw();
  }

  draw() {
    cancelAnimationFrame(this.drawing);
    this.drawing = requestAnimationFrame(() => this.drawNow());
  }

  drawNow() {
    const { canvas } = this.part;
    const { width, height } = this.view;
    if (width < 2 || !this.palette) {
      return;
    }
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    const context = canvas.getContext('2d');
    context.scale(ratio, ratio);
    this.drawSky(context);
    const style = getComputedStyle(canvas);
    const [dark, light] = ['0, 0, 0', '255, 255, 255'];
    const onDark = isDark(this.palette[0]);
    const ink = (alpha, halo = false) => `rgba(${onDark !== halo ? light : dark}, ${alpha})`;
    context.font = `11px ${style.fontFamily}`;
    this.drawDots(context, ink);
    drawGraticule(context, this.view, ink, style.color, this.model.get('ra_unit'));
    const box = this.drag?.selecting ? this.drag.selecting.box() : this.model.get('selection');
    if (box) {
      drawBox(context, this.view, box);
    }
    this.read();
  }

  drawSky(context) {
    const { width, height } = this.view;
    let image = null;
    if (this.frame?.image) {
      image = this.frame.view.sees(this.view) ? this.frame.image : this.frame.seenFrom(this.view);
    }
    const outline = new Path2D();
    const { scale } = this.view;
    outline.ellipse(width / 2, height / 2, HALF_WIDTH / scale, HALF_HEIGHT / scale, 0, 0, 7);
    const style = getComputedStyle(this.el);
    if (!image) {
      context.fillStyle = style.getPropertyValue('--dl-raised');
      context.fill(outline);
      return;
    }
    const picture = make('canvas', { width: image.width, height: image.height });
    picture.getContext('2d').putImageData(image, 0, 0);
    context.drawImage(picture, 0, 0, width, height);
    // A line of the page's colour hides the steps of the pixels at the edge of the sky.
    context.lineWidth = 2;
    context.strokeStyle = style.getPropertyValue('--dl-paper');
    context.stroke(outline);
  }

  drawDots(context, ink) {
    if (!this.frame) {
      return;
    }
    const { strength, points } = this.frame.dots();
    context.fillStyle = ink(0.85 * strength);
    for (const point of points) {
      const [x, y] = this.view.pixelOfVector(point);
      context.beginPath();
      context.arc(x, y, 1 + 0.7 * strength, 0, 7);
      context.fill();
    }
  }

  watchSurroundings() {
    const resized = new ResizeObserver(() => {
      const size = this.size();
      if (size.width > 1 && (size.width !== this.view.width || !this.palette)) {
        this.view = this.view.with(size);
        this.paint();
        this.look(this.view);
      }
    });
    resized.observe(this.part.stage);
    this.leave(() => resized.disconnect());
    const themed = new MutationObserver(() => this.paint());
    themed.observe(document.body, { attributes: true, attributeFilter: ['data-jp-theme-name'] });
    this.leave(() => themed.disconnect());
  }

  // ---- words -----------------------------------------------------------------------------------

  say(text, hint = '', again = false) {
    const { message } = this.part;
    message.hidden = !text;
    message.replaceChildren(make('strong', { textContent: text }));
    if (hint) {
      message.append(make('span', { textContent: hint }));
    }
    if (again) {
      const retry = make('button', { class: 'dl-density-button', textContent: 'Try again now' });
      retry.onclick = () => this.request();
      message.append(retry);
    }
  }

  showAbout() {
    const { rows, total, method, sample, credit, simulated } = this.frame.told;
    const whole = rows === null ? '' : `${integer(rows)} rows · `;
    const how = sample || (method === 'pyramid' ? 'from the pyramid of counts' : 'every row counted');
    const { smoothing } = this.frame;
    const smoothed = smoothing ? ` · smoothed over ${quantity(smoothing)}°` : '';
    this.part.about.textContent = `${whole}${integer(total)} in view · ${how}${smoothed}`;
    this.part.credit.replaceChildren();
    if (simulated) {
      const badge = { class: 'dl-density-badge', textContent: 'Simulated, not observed' };
      this.part.credit.append(make('span', badge));
    }
    if (credit) {
      this.part.credit.append(make('span', { textContent: `Credit: ${credit}` }));
    }
    if (total === 0) {
      this.say('No rows here.', 'Zoom out, or press 0 for the whole sky.');
    }
  }

  /** Tell the place and the density under the pointer, or in the middle when there is none. */
  read() {
    const { view } = this;
    const [x, y] = this.pointer ?? [view.width / 2, view.height / 2];
    const position = view.position(x, y);
    if (!position) {
      this.part.place.textContent = '';
      this.part.degrees.textContent = '';
      return;
    }
    const [ra, dec] = position;
    const degrees = (a, b) =>
      `${decimalDegrees(a, view.scale)}° ${decimalDegrees(b, view.scale, true)}°`;
    const density = this.frame?.densityAt(view.vectorAt(x, y)) ?? null;
    const value = density === null ? '' : ` · ${quantity(density)}/deg²`;
    this.part.place.textContent =
      `${this.pointer ? '' : 'Middle: '}RA ${hours(ra, view.scale)}  Dec ${signedDegrees(dec, view.scale)}${value}`;
    this.part.degrees.textContent =
      `${degrees(ra, dec)} · l, b ${degrees(...view.position(x, y, 'galactic'))}`;
  }

  speak() {
    const { ra, dec, fov, scale } = this.view;
    const total = this.frame ? `, ${integer(this.frame.told.total)} rows in view` : '';
    const words =
      `Centre RA ${hours(ra, scale)}, Dec ${signedDegrees(dec, scale)}, ` +
      `${quantity(Math.min(fov, 360))} degrees wide${total}.`;
    this.part.canvas.setAttribute('aria-label', `${this.model.get('_title')}. ${words}`);
    this.part.spoken.textContent = words;
  }

  showControls() {
    const { part, model } = this;
    const colormap = model.get('colormap');
    const frame = model.get('frame');
    part.title.textContent = model.get('_title');
    part.frame.value = frame === 'icrs' ? `icrs ${model.get('ra_unit')}` : frame;
    part.projection.value = model.get('projection');
    part.stretch.value = model.get('stretch');
    part.cuts.value = String(model.get('cuts'));
    part.colormap.value = colormap.replace(/_r$/, '');
    part.reversed.setAttribute('aria-pressed', colormap.endsWith('_r'));
    part.smooth.setAttribute('aria-pressed', model.get('smooth'));
    part.select.setAttribute('aria-pressed', Boolean(this.selecting));
    part.canvas.classList.toggle('dl-density-selecting', Boolean(this.selecting));
  }

  showSelection() {
    const { part, model } = this;
    const box = model.get('selection');
    part.selected.hidden = !box;
    part.condition.textContent = box?.adql ?? '';
    part.insert.hidden = !model.get('_code');
    part.fallback.hidden = true;
    this.draw();
  }

  // ---- what people do --------------------------------------------------------------------------

  connectControls() {
    const { part } = this;
    part.frame.onchange = () => {
      const [frame, unit] = part.frame.value.split(' ');
      this.set(unit ? { frame, ra_unit: unit } : { frame });
    };
    part.projection.onchange = () => this.set({ projection: part.projection.value });
    part.stretch.onchange = () => this.set({ stretch: part.stretch.value });
    part.cuts.onchange = () => this.set({ cuts: part.cuts.value.split(',').map(Number) });
    const recolour = reversed =>
      this.set({ colormap: part.colormap.value + (reversed ? '_r' : '') });
    const isReversed = () => this.model.get('colormap').endsWith('_r');
    part.colormap.onchange = () => recolour(isReversed());
    part.reversed.onclick = () => recolour(!isReversed());
    part.smooth.onclick = () => this.set({ smooth: !this.model.get('smooth') });
    part.select.onclick = () => this.toggleSelecting();
    part.zoomIn.onclick = () => this.zoom(0.5);
    part.zoomOut.onclick = () => this.zoom(2);
    part.wholeSky.onclick = () => this.look(this.view.with({ fov: this.view.wholeSky }));
    part.clear.onclick = () => this.set({ selection: null });
    part.copy.onclick = () => copyText(this.model.get('selection').adql, part.copy);
    part.copyCode.onclick = () => copyText(this.model.get('_code'), part.copyCode);
    part.insert.onclick = () => this.insertQuery();
    // JupyterLab takes keys for its shortcuts when they reach the document: `x` on one of our
    // buttons would cut the cell. Plain keys inside the widget are for the widget.
    const press = event => {
      const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (plain && this.el.contains(event.target) && !(event.shiftKey && event.key === 'Enter')) {
        event.stopPropagation();
        if (event.target === part.canvas && this.press(event)) {
          event.preventDefault();
        }
      }
    };
    window.addEventListener('keydown', press, true);
    this.leave(() => window.removeEventListener('keydown', press, true));
  }

  toggleSelecting(on = !this.selecting) {
    this.selecting = on;
    this.showControls();
  }

  insertQuery() {
    const code = this.model.get('_code');
    const unheard = this.el.dispatchEvent(
      new CustomEvent('datalab:insert-cell', {
        bubbles: true,
        composed: true,
        cancelable: true,
        detail: { code, language: 'python' }
      })
    );
    this.part.fallback.hidden = !unheard;
    this.part.code.textContent = code;
  }

  zoom(factor, x = this.view.width / 2, y = this.view.height / 2) {
    const whole = this.view.wholeSky;
    const fov = Math.min(Math.max(this.view.fov * factor, SMALLEST_FOV), Math.max(whole, 1));
    this.look(this.view.zoomed(fov, x, y));
  }

  /** Do what a key on the map means; whether it means anything. */
  press(event) {
    const step = (event.shiftKey ? 0.5 : 0.1) * this.view.height;
    const moves = {
      ArrowLeft: [step, 0],
      ArrowRight: [-step, 0],
      ArrowUp: [0, step],
      ArrowDown: [0, -step]
    };
    if (moves[event.key]) {
      this.look(this.view.panned(...moves[event.key]));
    } else if (event.key === '+' || event.key === '=') {
      this.zoom(0.5);
    } else if (event.key === '-' || event.key === '_') {
      this.zoom(2);
    } else if (event.key === '0') {
      this.part.wholeSky.click();
    } else if (event.key === 'Enter' && this.selecting) {
      // By keyboard the box is the middle half of the map.
      const { width, height } = this.view;
      const drag = new Drag(this.view, width / 4, height / 4);
      drag.moveTo(width / 2, height / 2);
      drag.moveTo((3 * width) / 4, (3 * height) / 4);
      this.select(drag.box());
    } else if (event.key === 'Escape') {
      this.drag = null;
      this.toggleSelecting(false);
      this.set({ selection: null });
    } else {
      return false;
    }
    return true;
  }

  select(box) {
    this.toggleSelecting(false);
    this.set({ selection: box });
  }

  connectPointer() {
    const { canvas } = this.part;
    const at = event => {
      const { left, top } = canvas.getBoundingClientRect();
      return [event.clientX - left, event.clientY - top];
    };
    canvas.onpointerdown = event => {
      if (event.button !== 0) {
        return;
      }
      canvas.setPointerCapture(event.pointerId);
      const start = at(event);
      this.drag = { last: start, selecting: null };
      if (this.selecting || event.shiftKey) {
        this.drag.selecting = new Drag(this.view, ...start);
      }
      canvas.classList.toggle('dl-density-dragging', !this.drag.selecting);
    };
    canvas.onpointermove = event => {
      this.pointer = at(event);
      if (!this.drag) {
        this.read();
        return;
      }
      const [x, y] = this.pointer;
      if (this.drag.selecting) {
        this.drag.selecting.moveTo(x, y);
        this.draw();
      } else if (x !== this.drag.last[0] || y !== this.drag.last[1]) {
        this.look(this.view.panned(x - this.drag.last[0], y - this.drag.last[1]));
        this.drag.last = [x, y];
      }
    };
    const end = () => {
      canvas.classList.remove('dl-density-dragging');
      const box = this.drag?.selecting?.box();
      this.drag = null;
      if (box) {
        this.select(box);
      }
      this.draw();
    };
    canvas.onpointerup = end;
    canvas.onpointercancel = end;
    canvas.onpointerleave = () => {
      this.pointer = null;
      this.read();
    };
    canvas.ondblclick = event => this.zoom(event.shiftKey ? 2 : 0.5, ...at(event));
    const wheel = event => {
      const lines = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
      const factor = Math.exp(Math.max(-1, Math.min(1, event.deltaY * lines * 0.0022)));
      // With the whole sky in view there is nothing further out, and the page scrolls on.
      if (factor < 1 || this.view.fov < this.view.wholeSky * 0.999) {
        event.preventDefault();
        this.zoom(factor, ...at(event));
      }
    };
    canvas.addEventListener('wheel', wheel, { passive: false });
  }
}

export default {
  render({ model, el }) {
    const map = new DensityMap(model, el);
    return () => map.close();
  }
};

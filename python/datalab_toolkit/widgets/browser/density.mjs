// The density map. The kernel sends counts for a view (DensityMap in widgets/density.py); the
// colours, the lines and the moves are made here, so that a drag never waits for the kernel.

import { HALF_HEIGHT, HALF_WIDTH, SkyView } from './projection.mjs';
import { isDark } from './colours.mjs';
import { drawBar } from './colourbar.mjs';
import { drawGraticule } from './graticule.mjs';
import { drawBox, drawCircle } from './selection.mjs';
import { CountsView } from './countsview.mjs';
import { Frame } from './frame.mjs';
import { connectKeys, connectPointer } from './gestures.mjs';
import { buildPanel, make } from './panel.mjs';
import { say, tellAbout, tellPlace, tellView } from './words.mjs';

const SMALLEST_FOV = 0.002;
const LARGEST_FRAME = 1.4e6; // pixels asked for at once, so that a big screen stays quick
const LONGEST_EDGE = 2048;
const TALLEST = 560;

const SETTLED_MS = 160; // after the last move, ask for the full resolution
const PATIENCE_MS = 2500; // before we say that the kernel is busy
const LOST_MS = 30000; // after which an answer is no longer expected
const RETRIES_MS = [1000, 2000, 4000, 8000, 15000];

class DensityMap extends CountsView {
  constructor(model, el) {
    super(model, el);
    this.asked = 0;
    this.failures = 0;
    this.part = buildPanel(el, model.get('_stretches'), model.get('_colormaps'));
    this.view = null;
    this.readModel();
    this.connectControls();
    connectPointer(this);
    connectKeys(this);
    this.connectModel();
    this.watchSurroundings();
    this.showControls();
    this.showSelection();
  }

  // ---- the model -------------------------------------------------------------------------------

  connectModel() {
    this.on(['center', 'fov', 'frame', 'projection', 'ra_unit'], () => this.followModel());
    this.on(['stretch', 'colormap', 'cuts', 'smooth'], () => {
      this.showControls();
      this.paint();
    });
    this.on(['box', 'circle', '_condition', '_code'], () => this.showSelection());
    this.onMessage((message, buffers) => this.receive(message, buffers));
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

  /**
   * Ask the kernel for the counts in view: one request at a time, the latest view wins. The first
   * answer may be a rough one; the whole is asked for when nothing else is going on.
   */
  request(whole = false) {
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
    const known = this.frame?.view.sees(this.view) && this.frame.view.width >= size.width;
    if (known && !this.failures && !this.changed && !whole) {
      return;
    }
    this.changed = false;
    if (!this.frame && !this.failures) {
      say(this.part, 'Counting rows …');
    }
    this.waiting = ++this.asked;
    this.askedAt = Date.now();
    this.after('patience', PATIENCE_MS, () =>
      say(this.part, 'Waiting for the kernel, which is busy or not running.')
    );
    this.model.send({
      kind: 'view',
      reader: this.reader,
      number: this.waiting,
      whole,
      view: { ra, dec, fov, frame, projection, ...size }
    });
  }

  receive(message, buffers) {
    if (message.kind === 'changed') {
      this.changed = true;
      this.request();
      return;
    }
    if (message.reader !== this.reader || message.number !== this.waiting) {
      return;
    }
    this.waiting = 0;
    clearTimeout(this.timers.patience);
    if (message.kind === 'error') {
      const delay = RETRIES_MS[Math.min(this.failures++, RETRIES_MS.length - 1)];
      say(this.part, message.message, message.hint, () => this.request());
      if (message.retry) {
        this.after('retry', delay, () => this.request());
      }
      return;
    }
    this.failures = 0;
    say(this.part, '');
    const bytes = buffers[0];
    const Values = message.told.statistic === 'count' ? Uint32Array : Float32Array;
    const values = new Values(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
    );
    this.frame = new Frame(message.told, values);
    this.paint();
    if (!this.moving) {
      this.speak();
    }
    if (this.outdated || !this.frame.view.sees(this.view)) {
      this.request();
    } else if (message.told.rough) {
      this.after('whole', SETTLED_MS, () => this.request(true));
    }
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
    this.readPalette();
    if (this.frame) {
      const [stretch, cuts, smooth] = ['stretch', 'cuts', 'smooth'].map(n => this.model.get(n));
      this.frame.paint({ stretch, cuts, smooth }, this.palette);
      tellAbout(this.part, this.frame);
    }
    drawBar(this.part.bar, this.frame, this.palette, window.devicePixelRatio || 1);
    this.draw();
  }

  drawNow() {
    if (this.view.width < 2 || !this.palette) {
      return;
    }
    const context = this.emptyCanvas(this.view);
    this.drawSky(context);
    const style = getComputedStyle(this.part.canvas);
    const [dark, light] = ['0, 0, 0', '255, 255, 255'];
    const onDark = isDark(this.palette[0]);
    const ink = (alpha, halo = false) => `rgba(${onDark !== halo ? light : dark}, ${alpha})`;
    context.font = `11px ${style.fontFamily}`;
    this.drawDots(context, ink);
    drawGraticule(context, this.view, ink, style.color, this.model.get('ra_unit'));
    const box = this.drag?.selecting ? this.drag.selecting.box() : this.model.get('box');
    if (box) {
      drawBox(context, this.view, box);
    } else if (this.model.get('circle')) {
      drawCircle(context, this.view, this.model.get('circle'));
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
    this.onResized(this.part.stage, () => {
      const size = this.size();
      if (size.width > 1 && (size.width !== this.view.width || !this.palette)) {
        this.view = this.view.with(size);
        this.paint();
        this.look(this.view);
      }
    });
    this.onThemed(() => this.paint());
  }

  // ---- words -----------------------------------------------------------------------------------

  read() {
    tellPlace(this.part, this.view, this.frame, this.pointer);
  }

  speak() {
    tellView(this.part, this.model.get('_title'), this.view, this.frame);
  }

  showControls() {
    const { part, model } = this;
    const frame = model.get('frame');
    super.showControls();
    part.frame.value = frame === 'icrs' ? `icrs ${model.get('ra_unit')}` : frame;
    part.projection.value = model.get('projection');
    part.cuts.value = String(model.get('cuts'));
    part.smooth.setAttribute('aria-pressed', model.get('smooth'));
  }

  // ---- what people do --------------------------------------------------------------------------

  connectControls() {
    const { part } = this;
    super.connectControls();
    part.frame.onchange = () => {
      const [frame, unit] = part.frame.value.split(' ');
      this.set(unit ? { frame, ra_unit: unit } : { frame });
    };
    part.projection.onchange = () => this.set({ projection: part.projection.value });
    part.cuts.onchange = () => this.set({ cuts: part.cuts.value.split(',').map(Number) });
    part.smooth.onclick = () => this.set({ smooth: !this.model.get('smooth') });
    part.wholeSky.onclick = () => this.showWholeSky();
  }

  zoom(factor, x = this.view.width / 2, y = this.view.height / 2) {
    const whole = this.view.wholeSky;
    const fov = Math.min(Math.max(this.view.fov * factor, SMALLEST_FOV), Math.max(whole, 1));
    this.look(this.view.zoomed(fov, x, y));
  }

  showWholeSky() {
    this.look(this.view.with({ fov: this.view.wholeSky }));
  }

  select(box) {
    this.model.set('circle', null);
    super.select(box);
  }
}

export default {
  render({ model, el }) {
    const map = new DensityMap(model, el);
    return () => map.close();
  }
};

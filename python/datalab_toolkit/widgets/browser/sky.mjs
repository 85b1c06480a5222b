// The sky view. The kernel tells layers, where to look and what is selected (SkyView in
// widgets/sky.py); Aladin Lite draws. What people do is told back in the model.

import { ModelView } from './modelview.mjs';
import { make } from './panel.mjs';
import { decimalDegrees, hours, quantity, signedDegrees } from './labels.mjs';
import { say } from './words.mjs';
import { aladinFrame, loadAladin, startAladin, stopAladin } from './skyaladin.mjs';
import { connectSkyControls, connectSkyKeys, connectSkyPointer } from './skycontrols.mjs';
import { SHADED_KINDS, SkyLayers } from './skylayers.mjs';
import { SkyPace } from './skypace.mjs';
import { drawOutline, shapeOutline } from './skyshapes.mjs';
import { buildSky, layerLine, rowTable } from './skyparts.mjs';
import { convert } from './projection.mjs';

const SMALLEST_SKY_DEG = 0.0005;
const LARGEST_SKY_DEG = 360;
const TALLEST_SKY = 560;
const SETTLED_SKY_MS = 250; // after the last move, the place is told exactly
const STEADY_MS = 150; // after a change of size
const PATIENT_MS = 4000; // before we say that the kernel is busy

class SkyWidget extends ModelView {
  constructor(model, el) {
    super(model, el);
    this.waiting = new Map();
    this.asked = 0;
    this.lines = new Map();
    this.part = buildSky(el);
    this.connectModel();
    connectSkyControls(this);
    connectSkyPointer(this);
    connectSkyKeys(this);
    this.showControls();
    this.showSelection();
    this.showRow();
    this.watchSurroundings();
    this.begin();
  }

  // ---- life ------------------------------------------------------------------------------------

  async begin() {
    const { part } = this;
    this.resize();
    say(part, 'Loading the sky …');
    let A;
    try {
      A = await loadAladin();
    } catch (error) {
      say(part, error.message, error.hint ?? '', () => this.begin());
      this.showStill();
      return;
    }
    if (this.closed) {
      return;
    }
    part.still.hidden = true;
    part.tools.hidden = part.zoom.hidden = false;
    const settings = Object.fromEntries(
      ['frame', 'projection', 'grid'].map(name => [name, this.model.get(name)])
    );
    this.aladin = startAladin(A, part.sky, settings);
    this.pace = new SkyPace(this.aladin, part.stage);
    this.layers = new SkyLayers(
      A,
      this.aladin,
      name => this.ask(name),
      () => {
        this.showLayers();
        this.pace.wake();
      }
    );
    this.region = A.graphicOverlay({
      name: 'selection',
      color: '#ffd54f',
      lineWidth: 2.5
    });
    this.line = points => A.polyline(points, { color: '#ffd54f', lineWidth: 2.5 });
    this.aladin.addOverlay(this.region);
    this.aladin.on('positionChanged', () => this.moved());
    this.aladin.on('zoomChanged', () => this.moved());
    this.aladin.on('resizeChanged', () => this.steady());
    this.aladin.on('objectClicked', source => this.clicked(source));
    say(part, '');
    this.showControls();
    this.steady();
    this.layers.follow(this.model.get('_layers'), this.model.get('_look'));
    this.showSelection();
    this.showLayers();
  }

  close() {
    super.close();
    if (this.aladin) {
      this.pace.stop();
      stopAladin(this.aladin);
    }
  }

  // ---- the model -------------------------------------------------------------------------------

  connectModel() {
    const { model } = this;
    const on = (names, show) =>
      this.on(names, () => {
        show();
        this.pace?.wake();
      });
    on(['target', 'fov_deg'], () => this.lookAsTold());
    on(['frame', 'projection', 'grid'], () => this.showControls());
    on(['_layers', '_look', 'selecting'], () => {
      this.layers?.follow(model.get('_layers'), model.get('_look'));
      this.showLayers();
    });
    on(['box', 'circle', '_condition', '_code'], () => this.showSelection());
    on(['_row'], () => this.showRow());
    this.onMessage((message, buffers) => this.receive(message, buffers));
  }

  /** Get the long part of a layer from the kernel. */
  ask(layer) {
    const number = ++this.asked;
    this.after('patience', PATIENT_MS, () =>
      say(this.part, 'Waiting for the kernel, which is busy or not running.')
    );
    return new Promise(resolve => {
      this.waiting.set(number, resolve);
      this.model.send({ kind: 'content', reader: this.reader, layer, number });
    });
  }

  receive(message, buffers) {
    if (message.kind === 'lost' || message.kind === 'found') {
      say(this.part, message.message ?? '', message.hint ?? '');
      this.after('found', 6000, () => say(this.part, ''));
      return;
    }
    if (message.reader !== this.reader) {
      return;
    }
    if (message.kind === 'content') {
      this.waiting.get(message.number)?.([message.told, buffers]);
      this.waiting.delete(message.number);
      if (!this.waiting.size) {
        clearTimeout(this.timers.patience);
        say(this.part, '');
      }
    } else if (message.kind === 'picture' && !this.aladin) {
      this.part.still.src = URL.createObjectURL(new Blob(buffers, { type: 'image/png' }));
      this.part.still.hidden = false;
    }
  }

  /** Without Aladin Lite the kernel's own picture is shown, with which nothing can be done. */
  showStill() {
    this.part.tools.hidden = this.part.zoom.hidden = true;
    this.model.send({ kind: 'picture', reader: this.reader });
  }

  // ---- where to look ---------------------------------------------------------------------------

  /** Where Aladin Lite looks: right ascension, declination and width in degrees. */
  where() {
    const [ra, dec] = this.aladin.getRaDec();
    return { ra, dec, fov: Math.min(this.aladin.getFov()[0], LARGEST_SKY_DEG) };
  }

  /** Whether two places look the same: Aladin Lite gives back what it was told but for rounding. */
  isNear({ ra, dec, fov }, [otherRa, otherDec], otherFov) {
    const turn = Math.abs(((ra - otherRa + 540) % 360) - 180) * Math.cos((dec * Math.PI) / 180);
    const apart = Math.max(turn, Math.abs(dec - otherDec));
    return apart < 1e-6 * fov && Math.abs(fov - otherFov) < 1e-6 * otherFov;
  }

  lookAsTold() {
    if (!this.aladin || this.isTelling) {
      return;
    }
    const [target, fov] = [this.model.get('target'), this.model.get('fov_deg')];
    if (!this.isNear(this.where(), target, fov)) {
      this.aladin.gotoRaDec(...target);
      this.aladin.setFoV(fov);
    }
    this.read();
  }

  /**
   * Look as told once Aladin Lite has found its size: it keeps its scale when that changes, and we
   * the width in degrees.
   */
  steady() {
    this.unsteady = true;
    this.pace.wake();
    this.after('steady', STEADY_MS, () => {
      this.unsteady = false;
      this.lookAsTold();
      this.pace.wake();
      this.speak();
    });
    this.lookAsTold();
  }

  moved() {
    const { width } = this.aladin.view;
    if (width !== this.knownWidth) {
      this.knownWidth = width;
      this.steady();
    }
    if (this.unsteady) {
      return;
    }
    this.tellPlace();
    this.after('settle', SETTLED_SKY_MS, () => {
      this.tellPlace();
      this.speak();
    });
    this.read();
  }

  tellPlace() {
    const here = this.where();
    const [target, fov] = [this.model.get('target'), this.model.get('fov_deg')];
    if (!this.isNear(here, target, fov)) {
      const isAsWide = Math.abs(here.fov - fov) < 1e-6 * fov;
      // The model tells of each by itself: between the two it has a place where nobody looks.
      this.isTelling = true;
      this.set({
        target: [here.ra, here.dec],
        fov_deg: isAsWide ? fov : here.fov
      });
      this.isTelling = false;
    }
  }

  look({ ra, dec, fov }) {
    if (this.aladin) {
      this.aladin.gotoRaDec(ra, Math.max(-90, Math.min(90, dec)));
      this.aladin.setFoV(Math.max(SMALLEST_SKY_DEG, Math.min(LARGEST_SKY_DEG, fov)));
      this.pace.wake();
      this.moved();
    }
  }

  zoom(factor) {
    if (this.aladin) {
      const here = this.where();
      this.look({ ...here, fov: here.fov * factor });
    }
  }

  showWholeSky() {
    this.zoom(Infinity);
  }

  /** Right ascension and declination behind a pixel; null beside the sky, and without a size. */
  position(x, y) {
    try {
      const at = this.aladin.pix2world(x, y, 'icrs');
      return Number.isFinite(at[0]) ? at : null;
    } catch {
      return null;
    }
  }

  /** Move by a part of the width, as if the sky were held. */
  pan(right, up) {
    const { width, height } = this.size;
    const at = this.position(width * (0.5 + right), height * (0.5 - up));
    if (at) {
      this.look({ ...this.where(), ra: at[0], dec: at[1] });
    }
  }

  // ---- size ------------------------------------------------------------------------------------

  resize() {
    const width = Math.floor(this.part.frameOfStage.clientWidth);
    const height = Math.max(220, Math.min(TALLEST_SKY, Math.round(width * 0.55)));
    this.size = { width, height };
    this.part.stage.style.height = `${height}px`;
  }

  watchSurroundings() {
    this.onResized(this.part.frameOfStage, () => {
      if (this.part.frameOfStage.clientWidth !== this.size.width) {
        this.resize();
        if (this.aladin) {
          this.steady();
        }
      }
    });
  }

  // ---- words -----------------------------------------------------------------------------------

  read() {
    const { part } = this;
    const { width, height } = this.size;
    const [x, y] = this.pointer ?? [width / 2, height / 2];
    const at = this.aladin && this.position(x, y);
    if (!at) {
      part.place.textContent = part.degrees.textContent = '';
      return;
    }
    const { fov } = this.where();
    const scale = fov / width;
    const [ra, dec] = at;
    part.about.textContent = `${quantity(fov)}° wide`;
    const [lon, lat] = convert([ra, dec], 'icrs', 'galactic');
    const pair = (a, b) => `${decimalDegrees(a, scale)}° ${decimalDegrees(b, scale, true)}°`;
    const where = this.pointer ? '' : 'Middle: ';
    part.place.textContent = `${where}RA ${hours(ra, scale)} Dec ${signedDegrees(dec, scale)}`;
    part.degrees.textContent = `${pair(ra, dec)} · l, b ${pair(lon, lat)}`;
  }

  speak() {
    const { ra, dec, fov } = this.where();
    const scale = fov / this.size.width;
    const words =
      `Centre RA ${hours(ra, scale)}, Dec ${signedDegrees(dec, scale)}, ` +
      `${quantity(fov)} degrees wide.`;
    this.part.stage.setAttribute('aria-label', `${this.model.get('_title')}. ${words}`);
    this.part.spoken.textContent = words;
  }

  // ---- controls --------------------------------------------------------------------------------

  showControls() {
    const { part, model, aladin } = this;
    part.title.textContent = model.get('_title');
    part.frame.value = model.get('frame');
    part.grid.setAttribute('aria-pressed', model.get('grid'));
    part.circle.setAttribute('aria-pressed', this.tool === 'circle');
    part.box.setAttribute('aria-pressed', this.tool === 'box');
    part.drawing.hidden = !this.tool;
    if (aladin) {
      aladin.setFrame(aladinFrame(model.get('frame')));
      aladin.setProjection(model.get('projection'));
      // Its hours, minutes and seconds are off by more than a second.
      aladin.setCooGrid({ enabled: model.get('grid'), fmt: 'decimal' });
    }
  }

  showLayers() {
    const { part, model } = this;
    const layers = model.get('_layers');
    const looks = model.get('_look');
    const signature = JSON.stringify(layers.map(l => [l, this.layers?.state(l.id).state]));
    if (signature !== this.signature) {
      this.signature = signature;
      this.lines.clear();
      part.layers.replaceChildren(...layers.toReversed().map(told => this.layerLine(told, looks)));
    }
    for (const [name, line] of this.lines) {
      const look = looks[name];
      const [visible, opacity] = ['checkbox', 'range'].map(type =>
        line.querySelector(`input[type=${type}]`)
      );
      if (look) {
        visible.checked = look.visible;
        if (opacity && opacity !== document.activeElement) {
          opacity.value = String(look.opacity);
        }
      }
    }
    const chosen = layers.filter(told => told.selectable).map(told => told.name);
    part.selecting.hidden = chosen.length < 2;
    part.selecting.replaceChildren(
      ...chosen.map(name => make('option', { value: name, textContent: `from ${name}` }))
    );
    part.selecting.value = model.get('selecting');
    part.circle.disabled = part.box.disabled = !chosen.length;
    part.layers.hidden = !layers.length;
    if (this.aladin && !layers.length) {
      say(part, 'An empty sky.', 'Add a layer in Python: sky.add_density("schema.table").');
      this.saysEmpty = true;
    } else if (this.saysEmpty) {
      this.saysEmpty = false;
      say(part, '');
    }
  }

  layerLine(told, looks) {
    const line = layerLine(
      told,
      looks[told.name] ?? { visible: true, opacity: 1 },
      this.layers?.state(told.id) ?? { state: 'busy' },
      SHADED_KINDS.includes(told.kind),
      change => {
        const all = this.model.get('_look');
        this.set({
          _look: { ...all, [told.name]: { ...all[told.name], ...change } }
        });
      },
      () => this.layers.again()
    );
    this.lines.set(told.name, line);
    return line;
  }

  showSelection() {
    const { part, model } = this;
    super.showSelection();
    const shape = { circle: model.get('circle'), box: model.get('box') };
    const drawn = shape.circle || shape.box;
    part.copy.hidden = part.selected.hidden;
    part.selected.hidden &&= !drawn;
    if (this.region) {
      this.region.removeAll();
      if (drawn) {
        this.region.add(this.line(shapeOutline(shape)));
      }
    }
  }

  showRow() {
    const { part, model } = this;
    const told = model.get('_row');
    part.row.hidden = !told.cells;
    if (told.cells) {
      part.row.setAttribute('aria-label', `A source of ${told.layer}`);
      part.row.replaceChildren(...rowTable(told, () => this.set({ _row: {} })));
      part.spoken.textContent = `A source of ${told.layer}: ${told.cells
        .slice(0, 4)
        .map(([name, value, unit]) => `${name} ${value} ${unit}`.trim())
        .join(', ')}`;
    }
  }

  clicked(source) {
    const told = source && this.layers.layerOf(source);
    if (told && source.data) {
      this.model.send({
        kind: 'row',
        layer: told.name,
        index: source.data.index
      });
    }
  }

  /** Positions and pixels of the sky as it is now. */
  pixels() {
    const { aladin } = this;
    const { fov } = this.where();
    return {
      scale: fov / this.size.width,
      position: (x, y) => this.position(x, y),
      pixel: (ra, dec) => {
        const at = aladin.world2pix(ra, dec, 'icrs');
        return at && Number.isFinite(at[0]) ? [at[0], at[1]] : [-1e6, -1e6];
      }
    };
  }

  take(tool) {
    this.tool = tool;
    this.showControls();
    this.part.stage.focus({ preventScroll: true });
  }

  drawDrag() {
    const { drawing } = this.part;
    const { width, height } = this.size;
    const ratio = window.devicePixelRatio || 1;
    drawing.width = Math.round(width * ratio);
    drawing.height = Math.round(height * ratio);
    const context = drawing.getContext('2d');
    context.scale(ratio, ratio);
    const shape = this.drag?.shape();
    if (shape) {
      drawOutline(context, this.drag.view, shapeOutline(shape), width);
    }
  }

  endDrag(shape) {
    this.drag = null;
    this.drawDrag();
    if (shape) {
      this.take(null);
      this.set(shape);
    }
  }

  clear() {
    this.drag = null;
    this.take(null);
    this.model.send({ kind: 'clear' });
  }
}

export default {
  /** Aladin Lite is read while the kernel still makes the picture that stays. */
  initialize() {
    loadAladin().catch(() => {}); // each view tells what was wrong
  },
  render({ model, el }) {
    const sky = new SkyWidget(model, el);
    return () => sky.close();
  }
};

// What the density map and the plane do alike: they show counts in colours, to zoom and select on.

import { palettePixels } from './colours.mjs';
import { ModelView } from './modelview.mjs';

/** A display of counts; it is `size()` large, and draws itself in `drawNow()`. */
export class CountsView extends ModelView {
  // ---- drawing ---------------------------------------------------------------------------------

  readPalette() {
    const [palettes, names, name] = ['_palettes', '_colormaps', 'colormap'].map(trait =>
      this.model.get(trait)
    );
    this.palette = palettePixels(palettes, names, name);
  }

  draw() {
    cancelAnimationFrame(this.drawing);
    this.drawing = requestAnimationFrame(() => this.drawNow());
  }

  /** Empty the canvas, as fine as the screen; what is drawn in it is in the page's pixels. */
  emptyCanvas({ width, height }) {
    const { canvas } = this.part;
    const ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.height = `${height}px`;
    const context = canvas.getContext('2d');
    context.scale(ratio, ratio);
    return context;
  }

  // ---- what people do --------------------------------------------------------------------------

  connectControls() {
    const { part, model } = this;
    const recolour = isReversed =>
      this.set({ colormap: part.colormap.value + (isReversed ? '_r' : '') });
    const isReversed = () => model.get('colormap').endsWith('_r');
    part.stretch.onchange = () => this.set({ stretch: part.stretch.value });
    part.colormap.onchange = () => recolour(isReversed());
    part.reversed.onclick = () => recolour(!isReversed());
    part.select.onclick = () => this.toggleSelecting();
    part.zoomIn.onclick = () => this.zoom(0.5);
    part.zoomOut.onclick = () => this.zoom(2);
    part.clear.onclick = () => this.select(null);
    this.connectSelection();
  }

  showControls() {
    const { part, model } = this;
    const colormap = model.get('colormap');
    part.title.textContent = model.get('_title');
    part.stretch.value = model.get('stretch');
    part.colormap.value = colormap.replace(/_r$/, '');
    part.reversed.setAttribute('aria-pressed', colormap.endsWith('_r'));
    part.select.setAttribute('aria-pressed', Boolean(this.selecting));
    part.canvas.classList.toggle('dl-density-selecting', Boolean(this.selecting));
  }

  showSelection() {
    super.showSelection();
    this.draw();
  }

  toggleSelecting(on = !this.selecting) {
    this.selecting = on;
    this.showControls();
  }

  /** Select a box, or nothing. */
  select(box) {
    this.toggleSelecting(false);
    this.set({ box });
    if (!box) {
      this.model.send({ kind: 'clear' }); // what is selected may be no box
    }
  }
}

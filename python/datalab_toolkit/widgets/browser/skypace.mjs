// How often, and how finely, Aladin Lite draws. Left alone it draws in each frame of the screen for
// ever, though nothing changes: where a processor draws in place of a graphics card, a view that
// nobody touches takes all of it, and slows the other views of a notebook.

const AWAKE_MS = 700; // after the last change: tiles that came take 200 ms to fade in
const IDLE_MS = 300; // a tile that comes later waits no longer than this
const SLOW_FRAME_MS = 30; // a view that takes longer is drawn coarser while it moves
const SLOW_FRAMES = 3;
const COARSE = 0.5; // pixels drawn for each of the screen, along each side

/** Draws a view of Aladin Lite when there is something new to draw. */
export class SkyPace {
  /** `element` holds the view: while it is out of sight, nothing is drawn. */
  constructor(aladin, element) {
    this.view = aladin.view;
    this.isSeen = true;
    this.isCoarse = false;
    this.awakeUntil = performance.now() + AWAKE_MS;
    this.drawn = this.slow = 0;
    this.sight = new IntersectionObserver(entries => {
      this.isSeen = entries.at(-1).isIntersecting;
      this.wake();
    });
    this.sight.observe(element);
    // Each drawing would ask for the next one by this.
    this.view.redrawClbk = () => {};
    this.next();
  }

  /** Draw each frame for a while: something is about to change. */
  wake() {
    this.awakeUntil = performance.now() + AWAKE_MS;
  }

  stop() {
    cancelAnimationFrame(this.request);
    this.sight.disconnect();
  }

  next() {
    this.request = requestAnimationFrame(now => {
      this.frame(now);
      this.next();
    });
  }

  frame(now) {
    const { view } = this;
    if (!this.isSeen) {
      return;
    }
    const isMoving = view.dragging || view.pan || Math.abs(view.zoomDelta) > 0.001;
    if (isMoving || view.needRedraw || view.wasm.isRendering() || view.wasm.isInerting()) {
      this.wake();
    }
    const isSlow = this.isCoarse || now - this.drawn > SLOW_FRAME_MS;
    this.slow = view.dragging && isSlow ? this.slow + 1 : 0;
    this.drawPixels(this.slow > SLOW_FRAMES);
    if (now < this.awakeUntil || now - this.drawn > IDLE_MS) {
      this.drawn = now;
      view.redraw(now);
    }
  }

  /**
   * Draw fewer pixels, or all of the screen's. Aladin Lite itself reckons in parts of the picture,
   * and tells WebGL the size when the width of the field changes, which no drag does.
   */
  drawPixels(isCoarse) {
    if (isCoarse === this.isCoarse) {
      return;
    }
    this.isCoarse = isCoarse;
    const { imageCanvas, width, height, wasm } = this.view;
    if (!isCoarse) {
      wasm.resize(width, height);
      return;
    }
    const gl = imageCanvas.getContext('webgl2');
    const scissor = [...gl.getParameter(gl.SCISSOR_BOX)];
    imageCanvas.width = Math.ceil(COARSE * imageCanvas.width);
    imageCanvas.height = Math.ceil(COARSE * imageCanvas.height);
    gl.viewport(0, 0, imageCanvas.width, imageCanvas.height);
    gl.scissor(...scissor.map(length => Math.ceil(COARSE * length)));
  }
}

// How often, and how finely, Aladin Lite draws. Left alone it draws in each frame of the screen for
// ever, though nothing changes: where a processor draws in place of a graphics card, a view that
// nobody touches takes all of it, and slows the other views of a notebook.

const AWAKE_MS = 700; // after the last change: tiles that came take 200 ms to fade in
const IDLE_MS = 300; // a tile that comes later waits no longer than this

// Drawing is slow where frames with it take longer than this, and than frames without it. Then the
// view is drawn coarser while it is dragged, and less often while nobody moves it: tiles that are
// on their way need the processor too.
const SLOW_FRAME_MS = 20;
const SLOWER = 1.2;
const REST_MS = 100;
const COARSE = 0.35; // pixels drawn for each of the screen, along each side

const NEWEST = 0.1; // weight of the last frame in the mean of how long frames take
const HICCUP_MS = 45; // no frame counts as longer: one that takes long makes no slow machine

/** Draws a view of Aladin Lite when there is something new to draw. */
export class SkyPace {
  /** `element` holds the view: while it is out of sight, nothing is drawn. */
  constructor(aladin, element) {
    this.view = aladin.view;
    this.isSeen = true;
    this.isCoarse = false;
    this.drawn = this.last = 0;
    // Mean milliseconds of a frame in which Aladin Lite was to draw all pixels, and of one without.
    this.frame_ms = { drawn: SLOW_FRAME_MS, bare: SLOW_FRAME_MS };
    this.wake();
    this.sight = new IntersectionObserver(entries => {
      this.isSeen = entries.at(-1).isIntersecting;
      this.wake();
    });
    this.sight.observe(element);
    // Each drawing would ask for the next one by this.
    this.view.redrawClbk = () => {};
    this.next();
  }

  /** Draw now, and for a while: something changes. */
  wake() {
    this.isDue = true;
    this.stayAwake();
  }

  stayAwake() {
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
    const isMoving =
      view.dragging ||
      view.pan ||
      view.pinchZoomParameters.isPinching ||
      Math.abs(view.zoomDelta) > 0.001 ||
      view.wasm.isInerting();
    if (isMoving || view.needRedraw || view.wasm.isRendering()) {
      this.stayAwake();
    }
    this.time(now);
    const isDragged = view.dragging && view.realDragging;
    this.drawPixels(isDragged && (this.isCoarse || this.isSlow()));
    const { width, height } = view.imageCanvas;
    if (width !== this.width || height !== this.height) {
      Object.assign(this, { width, height });
      this.isDue = true; // another size empties the canvas
    }
    const rest = isMoving || this.isDue || !this.isSlow() ? 0 : REST_MS;
    if (now - this.drawn > (now < this.awakeUntil ? rest : IDLE_MS)) {
      this.isDue = false;
      this.drawn = now;
      view.redraw(now);
    }
  }

  /** Learn from the frame that has just ended how long frames take. */
  time(now) {
    const took = Math.min(now - this.last, HICCUP_MS);
    const kind = this.drawn === this.last ? 'drawn' : 'bare';
    this.last = now;
    if (!this.isCoarse) {
      this.frame_ms[kind] += NEWEST * (took - this.frame_ms[kind]);
    }
  }

  isSlow() {
    const { drawn, bare } = this.frame_ms;
    return drawn > SLOW_FRAME_MS && drawn > SLOWER * bare;
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

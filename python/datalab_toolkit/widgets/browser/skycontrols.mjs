// What buttons, pointer and keys do to a sky view.

import { pixelIn } from './gestures.mjs';
import { ShapeDrag } from './skyshapes.mjs';

/** The buttons and lists above and below the sky. */
export function connectSkyControls(sky) {
  const { part } = sky;
  part.form.onsubmit = event => {
    event.preventDefault();
    if (part.name.value.trim()) {
      sky.model.send({ kind: 'goto', name: part.name.value });
    }
  };
  part.frame.onchange = () => sky.set({ frame: part.frame.value });
  part.grid.onclick = () => sky.set({ grid: !sky.model.get('grid') });
  part.circle.onclick = () => sky.take(sky.tool === 'circle' ? null : 'circle');
  part.box.onclick = () => sky.take(sky.tool === 'box' ? null : 'box');
  part.selecting.onchange = () => sky.set({ selecting: part.selecting.value });
  part.zoomIn.onclick = () => sky.zoom(0.5);
  part.zoomOut.onclick = () => sky.zoom(2);
  part.wholeSky.onclick = () => sky.showWholeSky();
  part.clear.onclick = () => sky.clear();
  sky.connectSelection();
}

/** Moves are Aladin Lite's own; with a tool in hand the pointer draws a shape. */
export function connectSkyPointer(sky) {
  const { part } = sky;
  const at = pixelIn(part.stage);
  part.stage.addEventListener('pointerdown', () => part.stage.focus({ preventScroll: true }), true);
  part.stage.addEventListener(
    'pointermove',
    event => {
      sky.pointer = at(event);
      sky.read();
    },
    true
  );
  part.stage.addEventListener('pointerleave', () => {
    sky.pointer = null;
    sky.read();
  });
  part.drawing.onpointerdown = event => {
    if (event.button === 0 && sky.aladin) {
      part.drawing.setPointerCapture(event.pointerId);
      sky.drag = new ShapeDrag(sky.pixels(), sky.tool, ...at(event));
    }
  };
  part.drawing.onpointermove = event => {
    if (sky.drag?.valid) {
      sky.drag.moveTo(...at(event));
      sky.drawDrag();
    }
  };
  part.drawing.onpointerup = () => sky.endDrag(sky.drag?.shape());
  part.drawing.onpointercancel = () => sky.endDrag(null);
}

/** Keys on the sky move, zoom and select. */
export function connectSkyKeys(sky) {
  sky.onKeys(sky.part.stage, event => sky.aladin && pressSky(sky, event));
}

/** Do what a key means; whether it means anything. */
function pressSky(sky, { key, shiftKey }) {
  const step = shiftKey ? 0.4 : 0.1;
  const moves = {
    ArrowLeft: [-step, 0],
    ArrowRight: [step, 0],
    ArrowUp: [0, step],
    ArrowDown: [0, -step]
  };
  if (moves[key]) {
    sky.pan(...moves[key]);
  } else if (key === '+' || key === '=') {
    sky.zoom(0.5);
  } else if (key === '-' || key === '_') {
    sky.zoom(2);
  } else if (key === '0') {
    sky.showWholeSky();
  } else if (key === 'Enter' && sky.tool) {
    // By keyboard the shape is the middle of the view.
    const { width, height } = sky.size;
    const from = sky.tool === 'circle' ? [0.5, 0.5] : [0.25, 0.25];
    const drag = new ShapeDrag(sky.pixels(), sky.tool, from[0] * width, from[1] * height);
    drag.moveTo(width / 2, height / 2);
    drag.moveTo(width * (sky.tool === 'circle' ? 0.5 : 0.75), height * 0.75);
    sky.endDrag(drag.shape());
  } else if (key === 'Escape') {
    sky.clear();
  } else {
    return false;
  }
  return true;
}

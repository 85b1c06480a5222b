// What pointer, wheel and keys do to a density map.

import { Drag } from './selection.mjs';

/** The pixel of an element where an event happens. */
export function pixelIn(element) {
  return event => {
    const { left, top } = element.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  };
}

/** By how much a turn of the wheel makes the field of view larger. */
export function wheelFactor({ deltaMode, deltaY }) {
  const lines = deltaMode === WheelEvent.DOM_DELTA_LINE ? 30 : 1;
  return Math.exp(Math.max(-1, Math.min(1, deltaY * lines * 0.0022)));
}

/** Drag moves, Shift and drag selects, the wheel zooms about the pointer. */
export function connectPointer(map) {
  const { canvas } = map.part;
  const at = pixelIn(canvas);
  canvas.onpointerdown = event => {
    if (event.button !== 0) {
      return;
    }
    canvas.setPointerCapture(event.pointerId);
    const start = at(event);
    const selecting = map.selecting || event.shiftKey;
    map.drag = { last: start, selecting: selecting ? new Drag(map.view, ...start) : null };
    canvas.classList.toggle('dl-density-dragging', !selecting);
  };
  canvas.onpointermove = event => {
    map.pointer = at(event);
    if (!map.drag) {
      map.read();
      return;
    }
    const [x, y] = map.pointer;
    const [lastX, lastY] = map.drag.last;
    if (map.drag.selecting) {
      map.drag.selecting.moveTo(x, y);
      map.draw();
    } else if (x !== lastX || y !== lastY) {
      map.drag.last = [x, y];
      map.look(map.view.panned(x - lastX, y - lastY));
    }
  };
  const end = () => {
    canvas.classList.remove('dl-density-dragging');
    const box = map.drag?.selecting?.box();
    map.drag = null;
    if (box) {
      map.select(box);
    }
    map.draw();
  };
  canvas.onpointerup = end;
  canvas.onpointercancel = end;
  canvas.onpointerleave = () => {
    map.pointer = null;
    map.read();
  };
  canvas.ondblclick = event => map.zoom(event.shiftKey ? 2 : 0.5, ...at(event));
  const wheel = event => {
    const factor = wheelFactor(event);
    // With the whole sky in view there is nothing further out, and the page scrolls on.
    if (factor < 1 || map.view.fov < map.view.wholeSky * 0.999) {
      event.preventDefault();
      map.zoom(factor, ...at(event));
    }
  };
  canvas.addEventListener('wheel', wheel, { passive: false });
}

/** Keys on the map move, zoom and select. */
export function connectKeys(map) {
  map.onKeys(map.part.canvas, event => press(map, event));
}

/** Do what a key means; whether it means anything. */
function press(map, { key, shiftKey }) {
  const { width, height } = map.view;
  const step = (shiftKey ? 0.5 : 0.1) * height;
  const moves = {
    ArrowLeft: [step, 0],
    ArrowRight: [-step, 0],
    ArrowUp: [0, step],
    ArrowDown: [0, -step]
  };
  if (moves[key]) {
    map.look(map.view.panned(...moves[key]));
  } else if (key === '+' || key === '=') {
    map.zoom(0.5);
  } else if (key === '-' || key === '_') {
    map.zoom(2);
  } else if (key === '0') {
    map.showWholeSky();
  } else if (key === 'Enter' && map.selecting) {
    // By keyboard the box is the middle of the map.
    const drag = new Drag(map.view, width / 4, height / 4);
    drag.moveTo(width / 2, height / 2);
    drag.moveTo((3 * width) / 4, (3 * height) / 4);
    map.select(drag.box());
  } else if (key === 'Escape') {
    map.drag = null;
    map.select(null);
  } else {
    return false;
  }
  return true;
}

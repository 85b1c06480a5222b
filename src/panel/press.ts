import type * as React from 'react';

/** How far the pointer moves before a press is a drag, in pixels. */
const DRAG_DISTANCE = 5;

/** Call back once a pressed pointer has moved far enough to mean a drag. */
export function onDragStart(
  event: React.PointerEvent,
  start: (move: PointerEvent) => void
): void {
  if (event.button !== 0) {
    return;
  }
  const { clientX, clientY } = event;
  const listening = new AbortController();
  const { signal } = listening;
  const stop = () => listening.abort();
  document.addEventListener('pointerup', stop, { signal, capture: true });
  document.addEventListener('pointercancel', stop, { signal, capture: true });
  document.addEventListener(
    'pointermove',
    move => {
      const moved = Math.hypot(move.clientX - clientX, move.clientY - clientY);
      if (moved >= DRAG_DISTANCE) {
        stop();
        start(move);
      }
    },
    { signal, capture: true }
  );
}

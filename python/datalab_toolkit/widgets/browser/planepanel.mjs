// The elements of the plane's widget: built once, named by what they are for.

import { button, choice, make, selectionParts } from './panel.mjs';

/** Build the widget inside an element; the result names its parts. */
export function buildPlanePanel(el, stretches, colormaps) {
  const named = names => names.map(name => [name, name]);
  const part = {
    title: make('span', { class: 'dl-density-title' }),
    about: make('span', { class: 'dl-density-about' }),
    stretch: choice('Stretch', named(stretches)),
    colormap: choice('Colours', named(colormaps)),
    reversed: button('Reverse', 'Reverse the colours', { 'aria-pressed': 'false' }),
    flip: button('Flip y', 'Draw the y axis the other way round', { 'aria-pressed': 'false' }),
    select: button('Select box', 'Draw a box on the plane (or hold Shift and drag)', {
      'aria-pressed': 'false'
    }),
    canvas: make('canvas', {
      class: 'dl-density-canvas dl-plane-canvas',
      tabIndex: 0,
      role: 'application',
      'aria-roledescription': 'histogram of two values'
    }),
    zoomIn: button('+', 'Zoom in (+)'),
    zoomOut: button('−', 'Zoom out (−)'),
    all: button('⤢', 'Show all (0)'),
    message: make('div', { class: 'dl-density-message', hidden: true }),
    place: make('div', { class: 'dl-density-place' }),
    bar: make('canvas', { class: 'dl-density-bar', role: 'img' }),
    ...selectionParts(),
    credit: make('div', { class: 'dl-density-credit' }),
    spoken: make('div', { class: 'dl-density-spoken', role: 'status', 'aria-live': 'polite' })
  };
  const row = (name, ...children) => make('div', { class: `dl-density-${name}` }, ...children);
  const zoom = row('zoom', part.zoomIn, part.zoomOut, part.all);
  zoom.classList.add('dl-plane-zoom');
  part.stage = row('stage', part.canvas, zoom, part.message);
  const tools = row('tools', part.stretch, part.colormap, part.reversed, part.flip, part.select);
  tools.setAttribute('role', 'toolbar');
  tools.setAttribute('aria-label', 'Histogram');
  el.classList.add('dl-density', 'dl-plane');
  el.append(
    row('head', part.title, part.about),
    tools,
    part.stage,
    row('foot', row('reading', part.place), part.bar),
    part.selected,
    part.fallback,
    part.credit,
    part.spoken
  );
  return part;
}

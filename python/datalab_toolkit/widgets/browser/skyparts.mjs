// The elements of the sky view: built once, named by what they are for.

import { WHOLE_SKY_ICON, button, choice, make, selectionParts } from './panel.mjs';

/** Build the view inside an element; the result names its parts. */
export function buildSky(el) {
  const part = {
    title: make('span', { class: 'dl-density-title' }),
    about: make('span', { class: 'dl-density-about' }),
    name: make('input', {
      class: 'dl-sky-name',
      type: 'text',
      placeholder: 'Name or place',
      'aria-label': 'Go to a name, or a place such as 10.68 +41.27'
    }),
    go: button('Go', 'Look there', { type: 'submit' }),
    frame: choice('Coordinates', [
      ['icrs', 'ICRS'],
      ['galactic', 'Galactic']
    ]),
    grid: button('Grid', 'Lines of the coordinates', { 'aria-pressed': 'true' }),
    circle: button('Select circle', 'Draw a circle from its centre', { 'aria-pressed': 'false' }),
    box: button('Select box', 'Draw a box', { 'aria-pressed': 'false' }),
    selecting: choice('Select from the rows of', []),
    sky: make('div', { class: 'dl-sky-aladin' }),
    drawing: make('canvas', { class: 'dl-sky-drawing', hidden: true }),
    zoomIn: button('+', 'Zoom in (+)'),
    zoomOut: button('−', 'Zoom out (−)'),
    wholeSky: button('', 'Whole sky (0)', { innerHTML: WHOLE_SKY_ICON }),
    message: make('div', { class: 'dl-density-message', hidden: true }),
    still: make('img', { class: 'dl-sky-still', alt: 'Still picture of the sky', hidden: true }),
    place: make('div', { class: 'dl-density-place' }),
    degrees: make('div', { class: 'dl-density-degrees' }),
    layers: make('ul', { class: 'dl-sky-layers', 'aria-label': 'Layers' }),
    row: make('div', { class: 'dl-sky-row', hidden: true, role: 'region' }),
    ...selectionParts(),
    spoken: make('div', { class: 'dl-density-spoken', role: 'status', 'aria-live': 'polite' })
  };
  part.form = make('form', { class: 'dl-sky-go' }, part.name, part.go);
  part.stage = make(
    'div',
    {
      class: 'dl-sky-stage',
      tabIndex: 0,
      role: 'application',
      'aria-roledescription': 'sky view'
    },
    part.sky,
    part.drawing,
    part.still
  );
  part.zoom = make('div', { class: 'dl-density-zoom' }, part.zoomIn, part.zoomOut, part.wholeSky);
  part.frameOfStage = make(
    'div',
    { class: 'dl-density-stage' },
    part.stage,
    part.zoom,
    part.message
  );
  part.tools = make(
    'div',
    { class: 'dl-density-tools', role: 'toolbar', 'aria-label': 'Sky view' },
    part.form,
    part.frame,
    part.grid,
    part.circle,
    part.box,
    part.selecting
  );
  el.classList.add('dl-density', 'dl-sky');
  el.append(
    make('div', { class: 'dl-density-head' }, part.title, part.about),
    part.tools,
    part.frameOfStage,
    make('div', { class: 'dl-density-reading' }, part.place, part.degrees),
    part.selected,
    part.fallback,
    part.row,
    part.layers,
    part.spoken
  );
  return part;
}

/** A line of the list of layers: whether it is shown, how opaque, what it is, whom to thank. */
export function layerLine(told, look, { state, message }, shaded, changed, again) {
  const id = `dl-sky-${told.id}-${Math.random().toString(36).slice(2)}`;
  const visible = make('input', {
    type: 'checkbox',
    id,
    checked: look.visible,
    onchange: event => changed({ ...look, visible: event.target.checked })
  });
  const opacity = make('input', {
    type: 'range',
    min: 0,
    max: 1,
    step: 0.05,
    value: String(look.opacity),
    'aria-label': `Opacity of ${told.name}`,
    title: 'Opacity',
    oninput: event => changed({ ...look, opacity: Number(event.target.value) })
  });
  const name = make('label', { htmlFor: id, textContent: told.name });
  const line = make('li', { class: 'dl-sky-layer' }, visible);
  if (told.color) {
    const swatch = make('span', { class: 'dl-sky-swatch', 'aria-hidden': 'true' });
    swatch.style.background = told.color;
    line.append(swatch);
  }
  line.append(name, make('span', { class: 'dl-density-about', textContent: told.about }));
  if (shaded) {
    line.append(opacity);
  }
  if (told.simulated) {
    const badge = { class: 'dl-density-badge', textContent: 'Simulated, not observed' };
    line.append(make('span', badge));
  }
  if (state === 'busy') {
    line.append(make('span', { class: 'dl-density-about', textContent: 'Loading …' }));
  }
  if (state === 'failed') {
    const tryAgain = button('Try again', `Load ${told.name} again`, { onclick: again });
    line.append(make('strong', { class: 'dl-sky-failed', textContent: message }), tryAgain);
  }
  if (told.credit) {
    line.append(make('span', { class: 'dl-sky-credit', textContent: `Credit: ${told.credit}` }));
  }
  return line;
}

/** The values of a row, as a table. */
export function rowTable(told, close) {
  const body = make(
    'tbody',
    {},
    ...told.cells.map(([name, value, unit]) =>
      make(
        'tr',
        {},
        make('th', { scope: 'row', textContent: name }),
        make('td', { textContent: value === '' ? '—' : value }),
        make('td', { class: 'dl-density-about', textContent: unit })
      )
    )
  );
  const head = make(
    'div',
    { class: 'dl-sky-rowhead' },
    make('strong', { textContent: `A source of ${told.layer}` }),
    button('Close', 'Close the row', { onclick: close })
  );
  return [head, make('div', { class: 'dl-sky-cells' }, make('table', {}, body))];
}

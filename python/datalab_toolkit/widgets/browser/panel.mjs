// The elements of the widget: built once, named by what they are for.

/** Make an element: tag, properties (attributes when they hold a dash), children. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes('-') || name === 'role' || name === 'class') {
      element.setAttribute(name, value);
    } else {
      element[name] = value;
    }
  }
  element.append(...children);
  return element;
}

/** A list to choose from. */
export function choice(label, options) {
  return make(
    'select',
    { class: 'dl-density-choice', 'aria-label': label, title: label },
    ...options.map(([value, text]) => make('option', { value, textContent: text }))
  );
}

/** A button; without a text its label is all that tells what it does. */
export function button(text, label, extra = {}) {
  return make('button', {
    type: 'button',
    class: 'dl-density-button',
    textContent: text,
    title: label,
    'aria-label': label,
    ...extra
  });
}

export const WHOLE_SKY_ICON =
  '<svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" fill="none" ' +
  'stroke="currentColor" stroke-width="1.4"><ellipse cx="8" cy="8" rx="7" ry="4"/>' +
  '<path d="M8 4v8M1 8h14"/></svg>';

/** Build the widget inside an element; the result names its parts. */
export function buildPanel(el, stretches, colormaps) {
  const part = {
    title: make('span', { class: 'dl-density-title' }),
    about: make('span', { class: 'dl-density-about' }),
    frame: choice('Coordinates', [
      ['icrs hours', 'RA in hours'],
      ['icrs degrees', 'RA in degrees'],
      ['galactic', 'Galactic'],
      ['ecliptic', 'Ecliptic']
    ]),
    projection: choice('Projection', [
      ['aitoff', 'Aitoff'],
      ['mollweide', 'Mollweide']
    ]),
    stretch: choice(
      'Stretch',
      stretches.map(name => [name, name])
    ),
    cuts: choice('Cuts, in percent of the pixels', [
      ['0,100', 'min–max'],
      ['0.5,99.5', '99 %'],
      ['2.5,97.5', '95 %'],
      ['5,95', '90 %']
    ]),
    colormap: choice(
      'Colours',
      colormaps.map(name => [name, name])
    ),
    reversed: button('Reverse', 'Reverse the colours', { 'aria-pressed': 'false' }),
    smooth: button('Smooth', 'Spread rows over their neighbourhood where they are few', {
      'aria-pressed': 'true'
    }),
    select: button('Select box', 'Draw a box on the sky (or hold Shift and drag)', {
      'aria-pressed': 'false'
    }),
    canvas: make('canvas', {
      class: 'dl-density-canvas',
      tabIndex: 0,
      role: 'application',
      'aria-roledescription': 'sky map'
    }),
    zoomIn: button('+', 'Zoom in (+)'),
    zoomOut: button('−', 'Zoom out (−)'),
    wholeSky: button('', 'Whole sky (0)', { innerHTML: WHOLE_SKY_ICON }),
    message: make('div', { class: 'dl-density-message', hidden: true }),
    place: make('div', { class: 'dl-density-place' }),
    degrees: make('div', { class: 'dl-density-degrees' }),
    bar: make('canvas', { class: 'dl-density-bar', role: 'img' }),
    ...selectionParts(),
    credit: make('div', { class: 'dl-density-credit' }),
    spoken: make('div', { class: 'dl-density-spoken', role: 'status', 'aria-live': 'polite' })
  };
  part.stage = make(
    'div',
    { class: 'dl-density-stage' },
    part.canvas,
    make('div', { class: 'dl-density-zoom' }, part.zoomIn, part.zoomOut, part.wholeSky),
    part.message
  );
  el.classList.add('dl-density');
  el.append(
    make('div', { class: 'dl-density-head' }, part.title, part.about),
    make(
      'div',
      { class: 'dl-density-tools', role: 'toolbar', 'aria-label': 'Density map' },
      part.frame,
      part.projection,
      part.stretch,
      part.cuts,
      part.colormap,
      part.reversed,
      part.smooth,
      part.select
    ),
    part.stage,
    make(
      'div',
      { class: 'dl-density-foot' },
      make('div', { class: 'dl-density-reading' }, part.place, part.degrees),
      part.bar
    ),
    part.selected,
    part.fallback,
    part.credit,
    part.spoken
  );
  return part;
}

/** What is shown of a selection: its condition, what can be done with it, and its code. */
export function selectionParts() {
  const part = {
    condition: make('code', { class: 'dl-density-condition' }),
    insert: button('Insert query', 'Insert a cell with the query for these rows', {
      class: 'dl-density-button dl-density-primary'
    }),
    copy: button('Copy', 'Copy the ADQL condition'),
    clear: button('Clear', 'Remove the selection (Escape)'),
    code: make('pre', { class: 'dl-density-code' }),
    copyCode: button('Copy', 'Copy the code')
  };
  part.selected = make(
    'div',
    { class: 'dl-density-selected', hidden: true },
    part.condition,
    part.insert,
    part.copy,
    part.clear
  );
  part.fallback = make(
    'div',
    { class: 'dl-density-fallback', hidden: true },
    make('span', { textContent: 'Put this into a new cell:' }),
    part.copyCode,
    part.code
  );
  return part;
}

/** Have a cell with code put into the notebook; when nobody does, show the code. */
export function insertCode(el, part, code) {
  const unheard = el.dispatchEvent(
    new CustomEvent('datalab:insert-cell', {
      bubbles: true,
      composed: true,
      cancelable: true,
      detail: { code, language: 'python' }
    })
  );
  part.fallback.hidden = !unheard;
  part.code.textContent = code;
}

/** Put text on the clipboard, also where the page has no right to the modern way. */
export async function copyText(text, doneButton) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = make('textarea', { value: text });
    doneButton.parentElement.append(area);
    area.select();
    document.execCommand('copy');
    area.remove();
  }
  const before = doneButton.textContent;
  doneButton.textContent = 'Copied';
  setTimeout(() => (doneButton.textContent = before), 1200);
}

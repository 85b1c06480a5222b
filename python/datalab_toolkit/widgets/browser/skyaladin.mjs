// Aladin Lite (CDS, LGPL-3.0 or later): where its file is, how it is started and how it is stopped.
// The sky tab of the front end loads, dresses and stops it by the same functions.
//
// It draws nothing that is not told: it is given each HiPS with all that it would otherwise ask
// services of CDS for, names are looked up by the kernel, and its logger is off. Under all layers
// lies one that is empty: without a lowest layer it would load one from CDS.

import { withLeanContext } from './skygl.mjs';

/** What keeps the sky from being drawn: its `reason` is `no-webgl` or `no-file`. */
export class SkyProblem extends Error {
  constructor(reason, message, hint) {
    super(message);
    this.reason = reason;
    this.hint = hint;
  }
}

/** What Jupyter tells in each of its pages; empty in others. */
export function pageConfig() {
  const element = document.getElementById('jupyter-config-data');
  return element ? JSON.parse(element.textContent) : {};
}

let loadedAladin = null;

/** Load Aladin Lite from our own server, once a page; rejects with a `SkyProblem`. */
export async function loadAladin() {
  const path = pageConfig().datalabAladin;
  if (!path) {
    throw new SkyProblem(
      'no-file',
      'This page has no Aladin Lite, which draws the sky.',
      'Install jupyterlab-datalab where the Jupyter server runs, start it again, and reload.'
    );
  }
  if (!hasWebGL()) {
    throw new SkyProblem(
      'no-webgl',
      'This browser has no WebGL 2, which drawing the sky needs.',
      'Allow hardware acceleration in its settings, or take another browser.'
    );
  }
  const url = new URL(path, location.href).href;
  loadedAladin ??= import(/* webpackIgnore: true */ url).then(async ({ default: A }) => {
    await A.init;
    return A;
  });
  try {
    return await loadedAladin;
  } catch {
    loadedAladin = null;
    throw new SkyProblem(
      'no-file',
      'The file of Aladin Lite could not be loaded.',
      'See whether the Jupyter server still runs, and reload the page.'
    );
  }
}

/** Whether the browser draws with WebGL 2; the context is given back, as a browser has few. */
function hasWebGL() {
  const context = document.createElement('canvas').getContext('webgl2');
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return context !== null;
}

/** A FITS file of a MOC without cells (IVOA MOC 2.0, section 4.2.1). */
function emptyMoc() {
  const card = (name, value) => `${name.padEnd(8)}= ${value.padStart(20)}`.padEnd(80);
  const unit = cards => [...cards, 'END'.padEnd(80)].join('').padEnd(2880);
  const number = (name, value) => card(name, String(value));
  const text = (name, value) => card(name, `'${value}'`.padEnd(20));
  return (
    unit([card('SIMPLE', 'T'), number('BITPIX', 8), number('NAXIS', 0), card('EXTEND', 'T')]) +
    unit([
      text('XTENSION', 'BINTABLE'),
      ...Object.entries({ BITPIX: 8, NAXIS: 2, NAXIS1: 8, NAXIS2: 0, PCOUNT: 0, GCOUNT: 1 }).map(
        ([name, value]) => number(name, value)
      ),
      number('TFIELDS', 1),
      text('MOCVERS', '2.0'),
      text('MOCDIM', 'SPACE'),
      text('ORDERING', 'RANGE'),
      text('COORDSYS', 'C'),
      number('MOCORD_S', 3),
      text('TFORM1', '1K'),
      text('TTYPE1', 'RANGE')
    ])
  );
}

// The address of a HiPS without tiles: what Aladin Lite puts after it falls behind the #, and the
// map of its tiles, which is empty, is all that there is.
export const EMPTY_HIPS = `data:application/fits;base64,${btoa(emptyMoc())}#`;

/** The options of an Aladin Lite that shows nothing of its own, and sends no log. */
export const PLAIN = {
  log: false,
  samp: false,
  showColorPickerControl: false,
  showContextMenu: false,
  showCooGrid: false,
  showCooLocation: false,
  showFov: false,
  showFrame: false,
  showFullscreenControl: false,
  showLayersControl: false,
  showProjectionControl: false,
  showReticle: false,
  showSettingsControl: false,
  showStatusBar: false,
  showZoomControl: false
};

/** Start Aladin Lite in an element, with an empty sky and without any of its own controls. */
export function startAladin(A, element, { frame, projection, grid }) {
  const options = {
    ...PLAIN,
    hipsList: [],
    backgroundColor: 'rgb(0, 0, 0)',
    survey: A.HiPS('empty', {
      url: EMPTY_HIPS,
      name: 'empty',
      maxOrder: 3,
      imgFormat: 'png',
      cooFrame: 'ICRS'
    }),
    cooFrame: aladinFrame(frame),
    projection,
    lockNorthUp: true,
    showCooGrid: grid,
    gridOptions: { color: 'rgb(190, 200, 225)', opacity: 0.7, thickness: 1, labelSize: 13 },
    target: '0 0',
    fov: 60
  };
  return withLeanContext(() => A.aladin(element, options));
}

export function aladinFrame(frame) {
  return frame === 'galactic' ? 'GAL' : 'ICRS';
}

/** Stop Aladin Lite and give its WebGL context back: a browser has few of them. */
export function stopAladin(aladin) {
  const { view } = aladin;
  view.resizeObserver.disconnect();
  const { imageCanvas } = view;
  imageCanvas.getContext('webgl2')?.getExtension('WEBGL_lose_context')?.loseContext();
}

// The layers of a sky view, put on Aladin Lite as the kernel tells them.

import { EMPTY_HIPS, pageConfig } from './skyaladin.mjs';

const SOURCE_SIZE = 11;

/** The address of a HiPS that the Data Lab's extension of Jupyter passes on. */
function hipsAddress({ service, path }) {
  const base = new URL(pageConfig().baseUrl ?? '/', location.href).href;
  return `${base}jupyterlab-datalab/api/${encodeURIComponent(service)}/hips/${path}`;
}

function inCells(cards) {
  return new File([cards.join('\n')], 'properties');
}

/**
 * What makes each kind of layer: a function of the library, the layer as told, and its content; it
 * returns what shows, hides and removes it.
 */
const MAKERS = {
  hips(sky, told) {
    const url = hipsAddress(told);
    const [minCut, maxCut] = told.cuts ?? [];
    return imageLayer(
      sky,
      told,
      sky.A.HiPS(told.id, {
        url,
        name: told.name,
        maxOrder: told.order,
        minOrder: told.least_order,
        imgFormat: told.format,
        formats: [told.format],
        cooFrame: told.frame === 'galactic' ? 'GAL' : 'ICRS',
        bitpix: told.bitpix,
        ...(told.cuts ? { minCut, maxCut, colormap: 'grayscale', stretch: 'asinh' } : {})
      })
    );
  },
  outside(sky, told) {
    return imageLayer(sky, told, sky.A.HiPS(told.url, { name: told.name }));
  },
  tiles(sky, told, { tiles }, buffers) {
    const files = {
      properties: inCells([
        `creator_did = ivo://jupyterlab-datalab/tiles/${told.id}`,
        `obs_title = ${told.name.replace(/\s+/g, ' ')}`,
        `hips_order = ${told.order}`,
        'hips_frame = equatorial',
        'hips_tile_width = 512',
        'hips_tile_format = png',
        'dataproduct_type = image'
      ])
    };
    tiles.forEach(([order, number], i) => {
      (files[order] ??= {})[number] = { png: new File([buffers[i]], `Npix${number}.png`) };
    });
    const hips = sky.A.HiPS(told.id, { url: files, name: told.name, imgFormat: 'png' });
    // It looks for tiles that are not among the files at an address, where there is none either.
    hips.query.then(made => (made.url = EMPTY_HIPS));
    return imageLayer(sky, told, hips);
  },
  image(sky, told, _, [fits]) {
    const url = URL.createObjectURL(new Blob([fits], { type: 'image/fits' }));
    const [minCut, maxCut] = told.cuts;
    const image = sky.aladin.createImageFITS(
      url,
      { name: told.name, imgFormat: 'fits', minCut, maxCut, colormap: 'grayscale' },
      () => {
        image.setCuts(minCut, maxCut);
        URL.revokeObjectURL(url);
      },
      () => sky.fail(told, 'This image could not be drawn.')
    );
    return imageLayer(sky, told, image);
  },
  sources(sky, told, _, [east, north]) {
    const catalogue = sky.A.catalog({
      name: told.id,
      color: told.color,
      sourceSize: SOURCE_SIZE,
      shape: 'circle'
    });
    const [ra, dec] = [east, north].map(doubles);
    catalogue.addSources(
      Array.from(ra, (value, index) => sky.A.source(value, dec[index], { index }))
    );
    sky.aladin.addCatalog(catalogue);
    return overlayLayer(sky, catalogue);
  },
  area(sky, told, { moc }) {
    const drawn = sky.A.MOCFromJSON(moc, {
      name: told.id,
      color: told.color,
      fillColor: told.color,
      fill: true,
      perimeter: true,
      lineWidth: 2,
      opacity: 0.25
    });
    sky.aladin.addMOC(drawn);
    return overlayLayer(sky, drawn);
  },
  outlines(sky, told, { outlines }) {
    const overlay = sky.A.graphicOverlay({ name: told.id, color: told.color, lineWidth: 2 });
    sky.aladin.addOverlay(overlay);
    outlines.forEach(({ points }) => overlay.add(sky.A.polyline(points, { color: told.color })));
    return overlayLayer(sky, overlay);
  }
};

const LONG_KINDS = ['tiles', 'image', 'sources', 'area', 'outlines'];

/** The kinds that may be more or less opaque. */
export const SHADED_KINDS = ['hips', 'outside', 'tiles', 'image'];

function doubles(bytes) {
  return new Float64Array(
    bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength)
  );
}

function imageLayer(sky, told, image) {
  sky.aladin.setOverlayImageLayer(image, told.id);
  return {
    look({ visible, opacity }) {
      image.setOpacity(visible ? opacity : 0);
    },
    remove() {
      sky.aladin.removeImageLayer(told.id);
    }
  };
}

function overlayLayer(sky, overlay) {
  return {
    look({ visible }) {
      if (visible) {
        overlay.show();
      } else {
        overlay.hide();
      }
    },
    remove() {
      sky.aladin.removeOverlay(overlay);
    }
  };
}

/** The layers that are on the sky, kept as the kernel tells them. */
export class SkyLayers {
  /**
   * `ask` gets the long part of a layer from the kernel; `changed` is called when a layer begins or
   * ends to be made, or failed.
   */
  constructor(A, aladin, ask, changed) {
    Object.assign(this, { A, aladin, ask, changed });
    this.made = new Map();
    this.order = [];
    // Aladin Lite puts an image on top of the others when it has come, whichever was asked for first.
    aladin.aladinDiv.addEventListener('AL:Layer.added', () => this.arrange());
  }

  /** Make what is new, remove what is gone, show the rest as it is wanted. */
  follow(layers, looks) {
    this.looks = looks;
    const wanted = new Map(layers.map(told => [told.id, told]));
    this.order = [...wanted.keys()];
    for (const [id, layer] of this.made) {
      if (!wanted.has(id)) {
        layer.shown?.remove();
        this.made.delete(id);
      }
    }
    for (const told of layers) {
      if (!this.made.has(told.id)) {
        this.make(told);
      }
    }
    this.showAll();
  }

  /** Put the images one above the other as they are told. */
  arrange() {
    const { view } = this.aladin;
    const stack = view.overlayLayers;
    const places = stack.flatMap((id, at) => (this.order.includes(id) ? [at] : []));
    const sorted = this.order.filter(id => stack.includes(id));
    places.forEach((at, i) => {
      if (stack[at] !== sorted[i]) {
        view.swapLayers(stack[at], sorted[i]);
      }
    });
  }

  async make(told) {
    const layer = { told, state: 'busy', message: '' };
    this.made.set(told.id, layer);
    this.changed();
    try {
      if (told.kind === 'hips') {
        await check(hipsAddress(told));
      }
      const [content, buffers] = LONG_KINDS.includes(told.kind) ? await this.ask(told.name) : [];
      if (this.made.get(told.id) !== layer) {
        return; // it was taken away meanwhile
      }
      layer.shown = MAKERS[told.kind](this, told, content, buffers);
      layer.state = layer.state === 'failed' ? 'failed' : 'shown';
      this.showAll();
    } catch (error) {
      this.fail(told, error.message);
    }
    this.changed();
  }

  fail(told, message) {
    const layer = this.made.get(told.id);
    if (layer) {
      Object.assign(layer, { state: 'failed', message });
      this.changed();
    }
  }

  /** Try again to make the layers that failed. */
  again() {
    for (const [id, layer] of [...this.made]) {
      if (layer.state === 'failed') {
        layer.shown?.remove();
        this.made.delete(id);
        this.make(layer.told);
      }
    }
  }

  showAll() {
    for (const { told, shown } of this.made.values()) {
      shown?.look(this.looks[told.name] ?? { visible: true, opacity: 1 });
    }
  }

  state(id) {
    return this.made.get(id) ?? { state: 'busy', message: '' };
  }

  /** The layer of a source that was clicked. */
  layerOf(source) {
    return this.made.get(source.catalog?.name)?.told;
  }
}

/** See whether there is a HiPS, so that a layer that is not there is told and not just black. */
async function check(address) {
  const answer = await fetch(`${address}/properties`).catch(() => null);
  if (answer === null) {
    throw new Error('The Jupyter server does not answer.');
  }
  if (!answer.ok) {
    const told = await answer.json().catch(() => ({}));
    throw new Error(told.message ?? `The Data Lab does not answer (HTTP ${answer.status}).`);
  }
}

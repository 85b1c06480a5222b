import { PageConfig } from '@jupyterlab/coreutils';

/** The option of the page with the path of Aladin Lite; see `jupyterlab_datalab/aladin.py`. */
const PAGE_OPTION = 'datalabAladin';

/** What is used of the module of Aladin Lite 3. */
export interface IAladinModule {
  /** Resolves when its WebAssembly is ready. */
  init: Promise<void>;
  aladin(node: HTMLElement, options: Record<string, unknown>): IAladin;
  HiPS(url: string, options: Record<string, unknown>): IAladinLayer;
  catalog(options: Record<string, unknown>): IAladinCatalog;
  source(ra: number, dec: number, data: Record<string, unknown>): unknown;
}

/** A view of Aladin Lite. */
export interface IAladin {
  on(event: string, callback: (argument: never) => void): void;
  gotoRaDec(ra: number, dec: number): void;
  setFoV(degrees: number): void;
  getFov(): [number, number];
  /** Width and height of the picture that it draws, in pixels. */
  getSize(): [number, number];
  getRaDec(): ArrayLike<number> & Iterable<number>;
  setFrame(frame: 'ICRS' | 'GAL'): void;
  /** Throws where there is no sky. */
  pix2world(x: number, y: number, frame: 'icrs'): [number, number];
  setOverlayImageLayer(layer: IAladinLayer, name: string): IAladinLayer;
  removeImageLayer(name: string): void;
  addCatalog(catalog: IAladinCatalog): void;
}

export interface IAladinLayer {
  setOpacity(opacity: number): void;
}

export interface IAladinCatalog {
  addSources(sources: unknown[]): void;
  removeAll(): void;
}

/** Why the sky cannot be drawn in this browser. */
export class DrawingError extends Error {
  constructor(readonly reason: 'no-webgl' | 'no-file') {
    super(reason);
  }
}

let loading: Promise<IAladinModule> | null = null;

/**
 * Read Aladin Lite, once, from our own server.
 *
 * @throws DrawingError when the browser cannot draw, or the file is not there.
 */
export function loadAladin(): Promise<IAladinModule> {
  loading ??= load().catch(reason => {
    loading = null;
    throw reason;
  });
  return loading;
}

async function load(): Promise<IAladinModule> {
  if (!hasWebGL()) {
    throw new DrawingError('no-webgl');
  }
  const path = PageConfig.getOption(PAGE_OPTION);
  if (!path) {
    throw new DrawingError('no-file');
  }
  const url = new URL(path, location.href).href;
  let module: { default: IAladinModule };
  try {
    module = await import(/* webpackIgnore: true */ url);
  } catch {
    throw new DrawingError('no-file');
  }
  await module.default.init;
  return module.default;
}

/** Whether the browser draws with WebGL 2, which Aladin Lite needs. */
function hasWebGL(): boolean {
  const context = document.createElement('canvas').getContext('webgl2');
  context?.getExtension('WEBGL_lose_context')?.loseContext();
  return context !== null;
}

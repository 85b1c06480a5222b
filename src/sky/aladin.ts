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

import type {
  IAladin,
  IAladinCatalog,
  IAladinLayer,
  IAladinModule
} from './aladin';
import type { Direction } from './coordinates';
import type { IShownLayer, IView, SkyModel } from './model';
import {
  PLAIN,
  stopAladin
} from '../../python/datalab_toolkit/widgets/browser/skyaladin.mjs';
import { withLeanContext } from '../../python/datalab_toolkit/widgets/browser/skygl.mjs';
import { SkyPace } from '../../python/datalab_toolkit/widgets/browser/skypace.mjs';

const OPTIONS = {
  ...PLAIN,
  showReticle: true,
  reticleColor: '#00e5ff',
  reticleSize: 26,
  // The darkest colour of the density maps: the sky is dark in every theme.
  backgroundColor: 'rgb(11, 4, 5)'
};

/** How far the pointer may move in a click, in pixels. */
const CLICK_DISTANCE = 4;

/** The field of view at most: more would be an empty frame around the sky. */
const WIDEST_DEG = 180;
const CLOSEST_DEG = 1 / 3600;

/** How long Aladin Lite takes to draw in another size, in milliseconds. */
const SETTLING_MS = 60;

export interface ICanvasOptions {
  model: SkyModel;
  /** Where the tiles of a layer are. */
  layerUrl: (path: string) => string;
  /** Called with the direction under the pointer, null when it is on none. */
  onPointer: (direction: Direction | null) => void;
}

/** Draws what a `SkyModel` shows, with Aladin Lite, and tells it what the user does. */
export class SkyCanvas {
  constructor(
    private _node: HTMLElement,
    private _module: IAladinModule,
    private _options: ICanvasOptions
  ) {
    const { model } = _options;
    const view = model.view!;
    const [own] = model.layers;
    const layer = this._layer(own);
    this._aladin = withLeanContext(() =>
      _module.aladin(_node, {
        ...OPTIONS,
        target: view.center.join(' '),
        fov: view.fov_deg,
        survey: layer
      })
    );
    this._shown.set(own.path, layer);
    this._pace = new SkyPace(this._aladin, _node);
    this._go(view);
    this._onResized();
    this._aladin.on('positionChanged', () => this._onMoved());
    this._aladin.on('zoomChanged', () => this._onMoved());
    this._aladin.on('resizeChanged', () => this._onResized());
    this._marks = _module.catalog({
      name: 'rows',
      shape: 'circle',
      sourceSize: 14,
      color: '#00e5ff'
    });
    this._aladin.addCatalog(this._marks);
    this._update();
    model.changed.connect(this._update, this);
    model.moveRequested.connect((_, to) => this._go(to), this);
    const { signal } = this._listening;
    _node.addEventListener('pointermove', e => this._onPointer(e), { signal });
    _node.addEventListener('pointerleave', () => _options.onPointer(null), {
      signal
    });
    for (const type of ['pointerdown', 'pointerup'] as const) {
      _node.addEventListener(type, e => this._onPress(e), {
        signal,
        capture: true
      });
    }
  }

  /** The size of a pixel in the middle, in degrees. */
  get pixel_deg(): number {
    return this._aladin.getFov()[0] / Math.max(1, this._node.clientWidth);
  }

  /** Move by parts of the field of view: `1, 0` is one field to the right. */
  pan(right: number, up: number): void {
    const { clientWidth, clientHeight } = this._node;
    const to = this._at(
      clientWidth * (0.5 + right),
      clientHeight / 2 - clientWidth * up
    );
    if (to) {
      this._options.model.moveTo({ center: to, fov_deg: this._fov });
    }
  }

  /** See a part of the field of view, or a multiple of it. */
  zoom(factor: number): void {
    const fov_deg = Math.min(
      WIDEST_DEG,
      Math.max(CLOSEST_DEG, this._fov * factor)
    );
    this._options.model.moveTo({ center: this._center, fov_deg });
  }

  /** Read the rows in the middle of the view. */
  showNearby(): void {
    void this._options.model.showNearby(this._center, this.pixel_deg);
  }

  /** Give back what the browser has little of. */
  dispose(): void {
    this._listening.abort();
    clearTimeout(this._settling);
    const { model } = this._options;
    model.changed.disconnect(this._update, this);
    this._pace.stop();
    stopAladin(this._aladin);
    this._node.replaceChildren();
  }

  private get _center(): Direction {
    // It may be a typed array, which JSON does not keep as one.
    const [ra, dec] = this._aladin.getRaDec();
    return [ra, dec];
  }

  private get _fov(): number {
    return this._aladin.getFov()[0];
  }

  private _go({ center: [ra, dec], fov_deg }: IView): void {
    this._aladin.setFoV(fov_deg);
    this._aladin.gotoRaDec(ra, dec);
    this._pace.wake();
  }

  /** The direction at a place of the picture, null outside the sky. */
  private _at(x: number, y: number): Direction | null {
    try {
      const [ra, dec] = this._aladin.pix2world(x, y, 'icrs');
      return Number.isFinite(ra) && Number.isFinite(dec) ? [ra, dec] : null;
    } catch {
      return null;
    }
  }

  private _under({ clientX, clientY }: PointerEvent): Direction | null {
    const { left, top } = this._node.getBoundingClientRect();
    return this._at(clientX - left, clientY - top);
  }

  private _onPointer(event: PointerEvent): void {
    this._options.onPointer(this._under(event));
  }

  private _onPress(event: PointerEvent): void {
    if (event.button !== 0) {
      return;
    }
    if (event.type === 'pointerdown') {
      this._pressed = [event.clientX, event.clientY];
      return;
    }
    const [x, y] = this._pressed ?? [NaN, NaN];
    this._pressed = null;
    const moved = Math.hypot(event.clientX - x, event.clientY - y);
    const place = this._under(event);
    if (moved <= CLICK_DISTANCE && place) {
      void this._options.model.showNearby(place, this.pixel_deg);
    }
  }

  private _onMoved(): void {
    if (this._aladin.getSize()[0] !== this._width) {
      this._onResized();
      return;
    }
    this._options.model.moved({ center: this._center, fov_deg: this._fov });
  }

  /**
   * See the same field when there is more or less room for it: Aladin Lite would
   * keep the scale. Until it has settled, what it tells is not what one looks at.
   */
  private _onResized(): void {
    clearTimeout(this._settling);
    this._settling = setTimeout(() => {
      [this._width] = this._aladin.getSize();
      this._go(this._options.model.view!);
    }, SETTLING_MS);
  }

  /**
   * A layer with all that Aladin Lite has to know of it: it would read that
   * itself, and where it could not, show a survey from the internet instead.
   */
  private _layer({ path }: IShownLayer): IAladinLayer {
    const { layerUrl, model } = this._options;
    const survey = model.survey(path)!;
    return this._module.HiPS(layerUrl(path), {
      name: survey.title,
      imgFormat: survey.format === 'jpg' ? 'jpeg' : survey.format,
      maxOrder: survey.order,
      minOrder: survey.order_min,
      tileSize: survey.tile_width,
      cooFrame: survey.frame,
      bitpix: survey.bitpix
    });
  }

  /** Bring the picture in step with the model. */
  private _update(): void {
    this._pace.wake();
    const { model } = this._options;
    const wanted = new Set(model.layers.map(({ path }) => path));
    for (const path of [...this._shown.keys()]) {
      if (!wanted.has(path)) {
        this._aladin.removeImageLayer(path);
        this._shown.delete(path);
        this._opacities.delete(path);
      }
    }
    for (const layer of model.layers) {
      const { path, opacity } = layer;
      if (!model.survey(path)) {
        continue;
      }
      let shown = this._shown.get(path);
      if (!shown) {
        shown = this._aladin.setOverlayImageLayer(this._layer(layer), path);
        this._shown.set(path, shown);
      }
      if (this._opacities.get(path) !== opacity) {
        this._opacities.set(path, opacity);
        shown.setOpacity(opacity);
      }
    }
    if (this._frame !== model.frame) {
      this._frame = model.frame;
      this._aladin.setFrame(model.frame === 'icrs' ? 'ICRS' : 'GAL');
    }
    if (this._places !== model.nearby?.places) {
      this._places = model.nearby?.places;
      this._marks.removeAll();
      this._marks.addSources(
        (this._places ?? []).map(([ra, dec]) =>
          this._module.source(ra, dec, {})
        )
      );
    }
  }

  private _aladin: IAladin;
  private _frame: SkyModel['frame'] | null = null;
  private _listening = new AbortController();
  private _marks: IAladinCatalog;
  private _pace: SkyPace;
  private _opacities = new Map<string, number>();
  private _places: readonly Direction[] | undefined;
  private _pressed: [number, number] | null = null;
  private _settling: ReturnType<typeof setTimeout> | undefined;
  private _shown = new Map<string, IAladinLayer>();
  /** The width that the field of view was last set for, in pixels; 0 before it was. */
  private _width = 0;
}

import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { ISkyApi, ISkyLayer, ITable } from '../api';
import { ApiError, asApiError } from '../api';
import { Connection } from '../catalogue/connection';
import type { Direction, Frame } from './coordinates';
import { readPlace } from './coordinates';
import type { INearby } from './nearby';
import {
  NEAREST,
  nearbyQuery,
  positionColumns,
  radiusAround,
  readNearby
} from './nearby';
import type { ISurvey } from './survey';
import { densityPath, readSurvey } from './survey';

/** A part of the sky. */
export interface IView {
  center: Direction;
  fov_deg: number;
}

/** A layer that is shown, the lowest first. */
export interface IShownLayer {
  path: string;
  /** From 0 to 1. */
  opacity: number;
}

/** What a reload of the page keeps of a sky view. */
export interface ISkyState {
  service: string;
  /** The full name of the table. */
  table: string;
  view?: IView;
  frame?: Frame;
  layers?: IShownLayer[];
}

/** The field of view around an object that was looked for by its name. */
const OBJECT_FOV_DEG = 2;

/** A sky layer is laid over others so that they still show. */
const NEW_OPACITY = 0.7;

/**
 * A table on the sky: which layers are shown, where one looks, and the rows
 * there. Drawing is the business of `SkyCanvas`.
 */
export class SkyModel {
  /**
   * @param visible Whether the sky can be seen: nothing is asked otherwise.
   */
  constructor(
    private _api: ISkyApi,
    { service, table, view, frame, layers }: ISkyState,
    visible: () => boolean
  ) {
    this.service = service;
    this.name = table;
    this._view = view ?? null;
    this._frame = frame ?? 'icrs';
    this._layers = layers?.length
      ? layers
      : [{ path: densityPath(table), opacity: 1 }];
    this.connection = new Connection(_api, service, visible);
    this.connection.changed.connect(() => this._onConnection());
  }

  readonly service: string;
  /** The full name of the table. */
  readonly name: string;
  readonly connection: Connection;

  /** Emitted when something a user can see has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted when another part of the sky is to be looked at. */
  get moveRequested(): ISignal<this, IView> {
    return this._moveRequested;
  }

  /** The table, null until it is known. */
  get table(): ITable | null {
    return this._table;
  }

  /** Why there is nothing to be seen. */
  get error(): ApiError | null {
    return this._error;
  }

  /** What is looked at, null until the table's own layer is known. */
  get view(): IView | null {
    return this._view;
  }

  get frame(): Frame {
    return this._frame;
  }
  set frame(frame: Frame) {
    this._frame = frame;
    this._changed.emit();
  }

  /** What is shown, the lowest layer first. */
  get layers(): readonly IShownLayer[] {
    return this._layers;
  }

  /** All layers there are. */
  get choices(): readonly ISkyLayer[] {
    return this._choices;
  }

  /** What is known of a layer that is shown. */
  survey(path: string): ISurvey | null {
    return this._surveys.get(path) ?? null;
  }

  /** Whose data are shown, in the order of the layers. */
  get credits(): string[] {
    const told = [
      this._table?.credit ?? '',
      ...this._layers.map(({ path }) => this.survey(path)?.credit ?? '')
    ];
    return [...new Set(told.filter(Boolean))];
  }

  /** Whether anything that is shown was made up. */
  get simulated(): boolean {
    const titles = this._layers.map(
      ({ path }) => this.survey(path)?.title ?? ''
    );
    return Boolean(
      this._table?.simulated || titles.some(title => /simulated/i.test(title))
    );
  }

  /** The rows that were asked for last, null when none were. */
  get nearby(): INearby | null {
    return this._nearby;
  }

  /** Why the last thing that was asked for failed. */
  get problem(): ApiError | null {
    return this._problem;
  }

  /** What was looked for and found last. */
  get found(): string {
    return this._found;
  }

  toState(): ISkyState {
    return {
      service: this.service,
      table: this.name,
      ...(this._view ? { view: this._view } : {}),
      frame: this._frame,
      layers: this._layers
    };
  }

  /** Read the table and its layers; again, when that failed. */
  async load(): Promise<void> {
    this._error = null;
    this._changed.emit();
    try {
      const [own, ...others] = this._layers;
      const [table] = await Promise.all([
        this._api.table(this.service, this.name),
        this._read(own.path),
        // A layer that an earlier visit showed may be gone.
        ...others.map(({ path }) =>
          this._read(path).catch(() => this.removeLayer(path))
        )
      ]);
      const survey = this._surveys.get(own.path)!;
      this._view ??= { center: survey.center, fov_deg: survey.fov_deg };
      this._table = table;
    } catch (reason) {
      this._error = asApiError(reason);
      this._changed.emit();
      return;
    }
    // The sky is seen meanwhile: an image may have to be made before it is listed.
    await this._try(async () => {
      this._choices = await this._api.layers(this.service);
    });
  }

  /** Lay another layer over those that are shown. */
  async addLayer(path: string): Promise<void> {
    if (this._layers.some(layer => layer.path === path)) {
      return;
    }
    await this._try(async () => {
      await this._read(path);
      this._layers = [...this._layers, { path, opacity: NEW_OPACITY }];
    });
  }

  /** Take a layer away; the lowest one stays. */
  removeLayer(path: string): void {
    this._layers = this._layers.filter(
      (layer, index) => index === 0 || layer.path !== path
    );
    this._changed.emit();
  }

  setOpacity(path: string, opacity: number): void {
    this._layers = this._layers.map(layer =>
      layer.path === path ? { path, opacity } : layer
    );
    this._changed.emit();
  }

  /** Say what is looked at now. */
  moved(view: IView): void {
    this._view = view;
    this._changed.emit();
  }

  /** Look at another part of the sky. */
  moveTo(view: IView): void {
    this._view = view;
    this._moveRequested.emit(view);
    this._changed.emit();
  }

  /** Show the whole of a layer's sky. */
  showLayer(path: string): void {
    const survey = this.survey(path);
    if (survey) {
      this.moveTo({ center: survey.center, fov_deg: survey.fov_deg });
    }
  }

  /** Look at a place in numbers, or at an object that the Data Lab knows by name. */
  async find(text: string): Promise<void> {
    await this._try(async () => {
      const place = readPlace(text);
      const found = place
        ? { name: text.trim(), center: place }
        : await this._api
            .findObject(this.service, text)
            .then(({ name, ra, dec }) => ({
              name,
              center: [ra, dec] as const
            }));
      const fov_deg = Math.min(this._view?.fov_deg ?? 180, OBJECT_FOV_DEG);
      this.moveTo({ center: found.center, fov_deg });
      this._found = found.name;
    });
  }

  /**
   * Read the rows nearest to a place.
   *
   * @param pixel_deg How large a pixel of the picture is there.
   */
  async showNearby(center: Direction, pixel_deg: number): Promise<void> {
    const table = this._table;
    if (!table || !positionColumns(table.columns)) {
      return;
    }
    const nearby: INearby = {
      center,
      radius_deg: radiusAround(pixel_deg),
      result: null,
      places: []
    };
    this._nearby = nearby;
    await this._try(async () => {
      const query = nearbyQuery(table, center, nearby.radius_deg);
      const found = await this._api.query(this.service, query, NEAREST + 1);
      // Somebody may have clicked elsewhere meanwhile.
      if (this._nearby === nearby) {
        this._nearby = { ...nearby, ...readNearby(found) };
      }
    });
    if (this._problem && this._nearby === nearby) {
      this.hideNearby();
    }
  }

  hideNearby(): void {
    this._nearby = null;
    this._changed.emit();
  }

  dispose(): void {
    this.connection.dispose();
    Signal.clearData(this);
  }

  /** Read the sky as soon as the service can be asked. */
  private _onConnection(): void {
    this._changed.emit();
    const isNew = this.connection.edition !== this._edition;
    if (this.connection.state === 'ready' && (isNew || this._error)) {
      this._edition = this.connection.edition;
      void this.load();
    }
  }

  private async _read(path: string): Promise<void> {
    if (!this._surveys.has(path)) {
      const text = await this._api.properties(this.service, path);
      this._surveys.set(path, readSurvey(path, text));
    }
  }

  /** Do what a user asked for, and keep what went wrong. */
  private async _try(action: () => Promise<void>): Promise<void> {
    this._problem = null;
    this._found = '';
    this._changed.emit();
    try {
      await action();
    } catch (reason) {
      this._problem = asApiError(reason);
    }
    this._changed.emit();
  }

  private _changed = new Signal<this, void>(this);
  private _choices: ISkyLayer[] = [];
  private _edition = '';
  private _error: ApiError | null = null;
  private _found = '';
  private _frame: Frame;
  private _layers: IShownLayer[];
  private _moveRequested = new Signal<this, IView>(this);
  private _nearby: INearby | null = null;
  private _problem: ApiError | null = null;
  private _surveys = new Map<string, ISurvey>();
  private _table: ITable | null = null;
  private _view: IView | null;
}

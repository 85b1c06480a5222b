import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { ApiError, IDataLabApi, IDensity, ISkyView } from '../api';
import { asApiError } from '../api';

/** The sky of one table: where its rows are, or why that is not known. */
export interface IFootprint {
  density: IDensity | null;
  error: ApiError | null;
}

/** The skies that were looked at, in one frame at a time. */
export class Footprints {
  constructor(
    private _api: IDataLabApi,
    private _service: string
  ) {}

  /** Emitted when something a user can see has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The coordinates that the maps are drawn in. */
  get frame(): ISkyView['frame'] {
    return this._frame;
  }
  set frame(frame: ISkyView['frame']) {
    this._frame = frame;
    this._changed.emit();
  }

  /** The sky of a table in the chosen frame, asked for when it is new. */
  of(table: string): IFootprint {
    const key = `${this._frame} ${table}`;
    const known = this._known.get(key);
    if (known) {
      return known;
    }
    const footprint: IFootprint = { density: null, error: null };
    this._known.set(key, footprint);
    void this._read(table, footprint);
    return footprint;
  }

  /** Read anew whatever is looked at next. */
  clear(): void {
    this._known.clear();
    this._changed.emit();
  }

  dispose(): void {
    Signal.clearData(this);
  }

  private async _read(table: string, footprint: IFootprint): Promise<void> {
    try {
      footprint.density = await this._api.density(this._service, table, {
        frame: this._frame,
        width: WIDTH,
        height: WIDTH / 2
      });
    } catch (reason) {
      footprint.error = asApiError(reason);
    }
    this._changed.emit();
  }

  private _changed = new Signal<this, void>(this);
  private _frame: ISkyView['frame'] = 'icrs';
  private _known = new Map<string, IFootprint>();
}

/** Pixels across the whole sky. */
const WIDTH = 360;

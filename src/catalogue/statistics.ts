import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { IDataLabApi, IStatistics } from '../api';

/** The statistics of the tables that were looked at. */
export class Statistics {
  constructor(
    private _api: IDataLabApi,
    private _service: string
  ) {}

  /** Emitted when something a user can see has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /**
   * The statistics of a table, asked for when it is new: null until they are
   * known, and for good when the service has none of this table.
   */
  of(table: string): IStatistics | null {
    if (!this._known.has(table)) {
      this._known.set(table, null);
      void this._read(table);
    }
    return this._known.get(table) ?? null;
  }

  /** Read anew whatever is looked at next. */
  clear(): void {
    this._known.clear();
    this._changed.emit();
  }

  dispose(): void {
    Signal.clearData(this);
  }

  private async _read(table: string): Promise<void> {
    try {
      const statistics = await this._api.statistics(this._service, table);
      this._known.set(table, statistics);
      this._changed.emit();
    } catch {
      // The list of columns is whole without them.
    }
  }

  private _changed = new Signal<this, void>(this);
  private _known = new Map<string, IStatistics | null>();
}

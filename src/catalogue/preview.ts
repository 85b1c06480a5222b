import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { ApiError, IDataLabApi, IQueryResult, ITable } from '../api';
import { asApiError } from '../api';
import { tableQuery } from '../snippets';
import { fullName } from './nodes';

/** How many rows a preview shows. */
const ROWS = 20;

/** The first rows of one table, read when somebody asks for them. */
export class Preview {
  constructor(
    private _api: IDataLabApi,
    private _service: string
  ) {}

  /** Emitted when something a user can see has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The full name of the table that is previewed, null without one. */
  get table(): string | null {
    return this._table;
  }

  /** The rows, null until they are here. */
  get result(): IQueryResult | null {
    return this._result;
  }

  get error(): ApiError | null {
    return this._error;
  }

  /** Read the first rows of a table. */
  async show(table: ITable): Promise<void> {
    const name = nameOf(table);
    this._table = name;
    this._result = this._error = null;
    this._changed.emit();
    let result: IQueryResult | null = null;
    let error: ApiError | null = null;
    try {
      const query = tableQuery(table, ROWS);
      result = await this._api.query(this._service, query, ROWS);
    } catch (reason) {
      error = asApiError(reason);
    }
    if (this._table === name) {
      this._result = result;
      this._error = error;
      this._changed.emit();
    }
  }

  hide(): void {
    this._table = null;
    this._changed.emit();
  }

  dispose(): void {
    Signal.clearData(this);
  }

  private _changed = new Signal<this, void>(this);
  private _error: ApiError | null = null;
  private _result: IQueryResult | null = null;
  private _table: string | null = null;
}

function nameOf(table: ITable): string {
  return fullName({ schema: table.schema, table: table.name });
}

import type { ApiError, IPage, ITableSummary } from '../api';
import { asApiError } from '../api';

/** How many tables one request asks for. */
const PAGE = 100;

/** How many the server extension sends at most. */
const MOST = 1000;

/** Reads `limit` tables from `offset` on. */
export type ReadPage = (
  offset: number,
  limit: number,
  signal: AbortSignal
) => Promise<IPage>;

/** A list of tables that is read page by page. */
export class Listing {
  /**
   * @param changed Called when something a user can see has changed.
   */
  constructor(
    private _read: ReadPage,
    private _onChange: () => void
  ) {}

  tables: ITableSummary[] = [];
  /** The length of the whole list. */
  total = 0;
  loading = false;
  error: ApiError | null = null;

  /** Whether there are tables still to be read. */
  get partial(): boolean {
    return this.tables.length < this.total;
  }

  /** Read from the start, as many tables as are there now. */
  async reload(): Promise<void> {
    this.abort();
    const limit = Math.min(MOST, Math.max(PAGE, this.tables.length));
    await this._load(0, limit);
  }

  /** Read the next tables, if there are any. */
  async more(): Promise<void> {
    if (this.partial && !this.loading) {
      await this._load(this.tables.length, PAGE);
    }
  }

  /** Forget the request under way. */
  abort(): void {
    this._request?.abort();
    this._request = null;
  }

  private async _load(offset: number, limit: number): Promise<void> {
    const request = (this._request = new AbortController());
    this.loading = true;
    this.error = null;
    this._onChange();
    try {
      const page = await this._read(offset, limit, request.signal);
      if (request.signal.aborted) {
        return;
      }
      this.tables = [...this.tables.slice(0, offset), ...page.tables];
      this.total = page.tables.length ? page.total : this.tables.length;
    } catch (reason) {
      if (request.signal.aborted) {
        return;
      }
      this.error = asApiError(reason);
    }
    this.loading = false;
    this._onChange();
  }

  private _request: AbortController | null = null;
}

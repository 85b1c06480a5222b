import type { IPoll } from '@lumino/polling';
import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { ApiError, IAccount, IDataLabApi, IMyTable } from '../api';
import { asApiError } from '../api';

/** Time between two looks, in milliseconds. */
const INTERVAL = 10_000;

/**
 * Who is signed in at the Data Lab, how full their quotas are, and which tables
 * are their own.
 */
export class Account {
  /**
   * @param visible Whether the panel can be seen: nothing is asked otherwise.
   */
  constructor(
    private _api: IDataLabApi,
    visible: () => boolean
  ) {
    this._poll = new Poll({
      auto: false,
      name: 'jupyterlab-datalab:account',
      factory: () => this._look(),
      frequency: every(INTERVAL),
      standby: () => !visible() || document.hidden
    });
  }

  /** Emitted when something a user can see has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted when somebody else is signed in, or other tables are there. */
  get tablesChanged(): ISignal<this, void> {
    return this._tablesChanged;
  }

  /** Emitted when somebody else is signed in, or nobody. */
  get userChanged(): ISignal<this, void> {
    return this._userChanged;
  }

  /** What the Data Lab says, null until it was asked. */
  get info(): IAccount | null {
    return this._info;
  }

  /** Why the sign-in failed. */
  get error(): ApiError | null {
    return this._error;
  }

  /** Whether a sign-in or sign-out is under way. */
  get busy(): boolean {
    return this._busy;
  }

  /** The user's own tables, empty without any. */
  get tables(): IMyTable[] {
    return this._tables;
  }

  /** Whether files and tables of the user's own are there to be seen. */
  get isKnown(): boolean {
    return ['owner', 'signed-in'].includes(this._info?.state ?? '');
  }

  /** Whether the Data Lab has accounts at all. */
  get exists(): boolean {
    return (this._info?.state ?? 'none') !== 'none';
  }

  /** Begin to look, or look again at once. */
  look(): void {
    void this._poll.refresh();
  }

  /** @returns Whether it worked; `error` says why not. */
  async signIn(name: string, password: string): Promise<boolean> {
    await this._change(() => this._api.signIn(name, password));
    return this._error === null;
  }

  async signOut(): Promise<void> {
    await this._change(() => this._api.signOut());
  }

  dispose(): void {
    this._poll.dispose();
    Signal.clearData(this);
  }

  private async _change(action: () => Promise<IAccount>): Promise<void> {
    this._busy = true;
    this._error = null;
    this._changed.emit();
    try {
      this._take(await action(), this._tables);
      this.look();
    } catch (reason) {
      this._error = asApiError(reason);
    } finally {
      this._busy = false;
      this._changed.emit();
    }
  }

  private async _look(): Promise<void> {
    try {
      const info = await this._api.account();
      const known = info.state === 'owner' || info.state === 'signed-in';
      const tables = known ? await this._api.myTables().catch(() => []) : [];
      if (!this._poll.isDisposed && !this._busy) {
        this._take(info, tables);
      }
    } catch {
      // The connection tells of a Data Lab that does not answer.
    }
  }

  private _take(info: IAccount, tables: IMyTable[]): void {
    const before = [this._user(), JSON.stringify(this._tables)];
    const seen = JSON.stringify([this._info, this._tables]);
    const first = this._info === null;
    this._info = info;
    this._tables = tables;
    if (seen !== JSON.stringify([info, tables])) {
      this._changed.emit();
    }
    if (before[0] !== this._user()) {
      this._error = null;
      this._userChanged.emit();
    }
    const others = before[1] !== JSON.stringify(tables);
    if (!first && (others || before[0] !== this._user())) {
      this._tablesChanged.emit();
    }
  }

  /** A text that is another one for another user. */
  private _user(): string {
    return this.isKnown ? (this._info?.name ?? '') : '';
  }

  private _busy = false;
  private _changed = new Signal<this, void>(this);
  private _error: ApiError | null = null;
  private _info: IAccount | null = null;
  private _poll: Poll;
  private _tables: IMyTable[] = [];
  private _tablesChanged = new Signal<this, void>(this);
  private _userChanged = new Signal<this, void>(this);
}

function every(interval: number): IPoll.Frequency {
  return { interval, max: 4 * interval, backoff: true };
}

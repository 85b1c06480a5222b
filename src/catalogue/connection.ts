import type { IPoll } from '@lumino/polling';
import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { ApiErrorKind, Feature, IDataLabApi, IStatus } from '../api';
import { asApiError } from '../api';

/** How the chosen service is, as far as the panel knows. */
export type ConnectionState =
  'unknown' | IStatus['state'] | Exclude<ApiErrorKind, 'service'>;

/** Time between two looks at a service in this state, in milliseconds. */
const INTERVAL: Record<ConnectionState, number> = {
  unknown: 1000,
  starting: 1000,
  down: 1000,
  ready: 5000,
  offline: 5000,
  error: 10_000,
  missing: 30_000,
  'signed-out': 30_000
};

/** How long the panel says that a service was down which is already back. */
const RESTARTED_MS = 2500;

/**
 * The state of one service, looked at again and again while somebody watches.
 */
export class Connection {
  /**
   * @param visible Whether the panel can be seen: nothing is asked otherwise.
   */
  constructor(
    private _api: Pick<IDataLabApi, 'status'>,
    readonly service: string,
    visible: () => boolean
  ) {
    this._poll = new Poll({
      auto: false,
      name: `jupyterlab-datalab:status:${service}`,
      factory: () => this._look(),
      frequency: every(INTERVAL.unknown),
      standby: () => !visible() || document.hidden
    });
  }

  /** Emitted when something a user can see has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get state(): ConnectionState {
    return this._state;
  }

  /** What the service, or the extension, says about the state. */
  get message(): string {
    return this._message;
  }

  get hint(): string {
    return this._hint;
  }

  /** A text that changes when the service was started again, or its tables are others. */
  get edition(): string {
    const { restarts, schemas, tables } = this._status ?? {};
    return JSON.stringify([restarts, schemas, tables]);
  }

  has(feature: Feature): boolean {
    return this._status?.features?.includes(feature) ?? false;
  }

  get isDisposed(): boolean {
    return this._poll.isDisposed;
  }

  /** Begin to look, or look again at once. */
  look(): void {
    void this._poll.refresh();
  }

  dispose(): void {
    this._poll.dispose();
    Signal.clearData(this);
  }

  private async _look(): Promise<void> {
    const before = this._fingerprint();
    let interval: number | null = null;
    try {
      const status = await this._api.status(this.service);
      const restarted =
        this._state === 'ready' &&
        status.state === 'ready' &&
        status.restarts > (this._status?.restarts ?? 0);
      this._status = status;
      this._state = status.state;
      this._message = status.message ?? '';
      this._hint = '';
      if (restarted) {
        this._state = 'down';
        this._message = 'It stopped, and was started again.';
        interval = RESTARTED_MS;
      }
    } catch (reason) {
      const error = asApiError(reason);
      this._state = error.kind === 'service' ? 'error' : error.kind;
      this._message = error.message;
      this._hint = error.hint;
    }
    if (this.isDisposed) {
      return;
    }
    this._poll.frequency = every(interval ?? INTERVAL[this._state]);
    if (this._fingerprint() !== before) {
      this._changed.emit();
    }
  }

  private _fingerprint(): string {
    return JSON.stringify([this._state, this._message, this._status]);
  }

  private _changed = new Signal<this, void>(this);
  private _hint = '';
  private _message = '';
  private _poll: Poll;
  private _state: ConnectionState = 'unknown';
  private _status: IStatus | null = null;
}

function every(interval: number): IPoll.Frequency {
  return { interval, max: interval, backoff: false };
}

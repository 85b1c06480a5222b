import { Poll } from '@lumino/polling';
import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { IDataLabApi, IDemoState } from '../api';
import { asApiError } from '../api';

/** Time between two looks at a running generator, in milliseconds. */
const INTERVAL = 1000;

/** The demo sky of a Data Lab: offered, being made, there. */
export class Demo {
  /**
   * @param visible Whether the panel can be seen: nothing is asked otherwise.
   */
  constructor(
    private _api: IDataLabApi,
    private _service: string,
    visible: () => boolean
  ) {
    this._poll = new Poll({
      auto: false,
      name: `jupyterlab-datalab:demo:${_service}`,
      factory: async () => {
        await this.look();
        if (!this.running) {
          void this._poll.stop();
        }
      },
      frequency: { interval: INTERVAL, max: INTERVAL, backoff: false },
      standby: () => !visible() || document.hidden
    });
  }

  /** Emitted when something a user can see has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Emitted when the generator has finished more tables. */
  get tablesArrived(): ISignal<this, void> {
    return this._tablesArrived;
  }

  /** What the service says of its demo sky, null until it was asked. */
  get state(): IDemoState | null {
    return this._state;
  }

  get running(): boolean {
    return this._state?.state === 'running';
  }

  /** Ask how far the demo sky is, and go on asking while it is being made. */
  async look(): Promise<void> {
    try {
      this._update(await this._api.demo(this._service));
    } catch {
      // The connection tells of a service that does not answer.
    }
    if (this.running && !this._poll.isDisposed) {
      void this._poll.start();
    }
  }

  /** Make the demo sky. */
  async start(): Promise<void> {
    this._update({
      state: 'running',
      progress: 0,
      message: '',
      tables: [],
      error: null
    });
    try {
      this._update(await this._api.startDemo(this._service));
      void this._poll.start();
    } catch (reason) {
      this._update({
        state: 'failed',
        progress: 0,
        message: '',
        tables: [],
        error: asApiError(reason).message
      });
    }
  }

  dispose(): void {
    this._poll.dispose();
    Signal.clearData(this);
  }

  private _update(state: IDemoState): void {
    const before = this._state;
    this._state = state;
    if (JSON.stringify(before) !== JSON.stringify(state)) {
      this._changed.emit();
    }
    const finished = before?.state === 'running' && state.state !== 'running';
    if (before && (state.tables.length > before.tables.length || finished)) {
      this._tablesArrived.emit();
    }
  }

  private _changed = new Signal<this, void>(this);
  private _poll: Poll;
  private _state: IDemoState | null = null;
  private _tablesArrived = new Signal<this, void>(this);
}

import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { ApiError } from '../api';
import { asApiError } from '../api';

/** How long a finished task stays in sight, in milliseconds. */
const REST = 2500;

/** Told by a task how far it is. */
export interface IReport {
  signal: AbortSignal;
  progress: (doneBytes: number, sizeBytes: number) => void;
}

/** Something that takes its time: an upload, or a copy between here and there. */
export interface ITask {
  id: number;
  label: string;
  state: 'running' | 'done' | 'failed';
  doneBytes: number;
  sizeBytes: number;
  error: ApiError | null;
}

/** What is under way, and what has failed. */
export class Tasks {
  /** Emitted when something a user can see has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get all(): ITask[] {
    return [...this._tasks.keys()];
  }

  /**
   * Do something, and show how far it is.
   *
   * @returns Whether it was done; when not, the task says why.
   */
  async run(
    label: string,
    work: (report: IReport) => Promise<void>
  ): Promise<boolean> {
    const task: ITask = {
      id: ++this._last,
      label,
      state: 'running',
      doneBytes: 0,
      sizeBytes: 0,
      error: null
    };
    const control = new AbortController();
    this._tasks.set(task, control);
    this._changed.emit();
    try {
      await work({
        signal: control.signal,
        progress: (doneBytes, sizeBytes) => {
          Object.assign(task, { doneBytes, sizeBytes });
          this._changed.emit();
        }
      });
      task.state = 'done';
      task.doneBytes = task.sizeBytes;
      setTimeout(() => this.dismiss(task), REST);
    } catch (reason) {
      if (control.signal.aborted) {
        this._tasks.delete(task);
      } else {
        task.state = 'failed';
        task.error = asApiError(reason);
      }
    }
    this._changed.emit();
    return task.state === 'done';
  }

  /** Stop a task, or forget one that has failed. */
  dismiss(task: ITask): void {
    this._tasks.get(task)?.abort();
    if (task.state !== 'running') {
      this._tasks.delete(task);
    }
    this._changed.emit();
  }

  dispose(): void {
    this._tasks.forEach(control => control.abort());
    Signal.clearData(this);
  }

  private _changed = new Signal<this, void>(this);
  private _last = 0;
  private _tasks = new Map<ITask, AbortController>();
}

import type { IStorageApi, IUsage } from '../api';
import { ApiError, asApiError } from '../api';
import { sizeText } from '../account/sizes';
import { drivePath, isOnDrive, join, nameOf, numbered } from './paths';
import type { IReport, Tasks } from './tasks';

/** What to do with a name that is taken. */
export type Choice = 'replace' | 'keep-both' | 'skip';

/** Time between two looks at a copy, in milliseconds: short ones end soon. */
const INTERVALS = [60, 120, 250, 500];

/** How many names are tried for a second file of one name. */
const MOST_NAMES = 100;

type Send = (
  target: string,
  replace: boolean,
  report: IReport
) => Promise<void>;

/**
 * Brings files into the virtual storage and out of it, with progress.
 */
export class Copies {
  /**
   * @param usage How full the storage is, as far as it is known.
   * @param ask What to do with a name that is taken.
   */
  constructor(
    private _api: IStorageApi,
    readonly tasks: Tasks,
    private _usage: () => IUsage | null,
    private _ask: (name: string) => Promise<Choice>
  ) {}

  /** Send files of the user's computer, one after the other. */
  async upload(files: File[], folder: string): Promise<void> {
    for (const file of files) {
      const target = join(folder, file.name);
      await this._put(file.name, target, async (path, replace, report) => {
        this._checkRoom(file.size);
        report.progress(0, file.size);
        await this._api.upload(path, file, {
          replace,
          signal: report.signal,
          onProgress: bytes => report.progress(bytes, file.size)
        });
      });
    }
  }

  /**
   * Copy files and folders between the Jupyter server and the storage; which
   * way, their paths and that of the folder tell.
   */
  async copy(paths: string[], folder: string): Promise<void> {
    for (const path of paths) {
      const name = nameOf(path.replace(/^[^:/]*:/, ''));
      const target = isOnDrive(folder)
        ? drivePath(join(folder.slice(drivePath('').length), name))
        : join(folder, name);
      await this._put(name, target, async (path_, replace, report) => {
        await this._follow(
          await this._api.startTransfer(path, path_, replace),
          report
        );
      });
    }
  }

  /** Put a file at a path, or at another when the user wants to keep both. */
  private async _put(name: string, target: string, send: Send): Promise<void> {
    await this.tasks.run(name, async report => {
      try {
        await send(target, false, report);
      } catch (reason) {
        if (!isTaken(reason)) {
          throw reason;
        }
        const choice = await this._ask(name);
        if (choice === 'replace') {
          await send(target, true, report);
        } else if (choice === 'keep-both') {
          await this._sendBeside(target, send, report);
        }
      }
    });
  }

  private async _sendBeside(
    target: string,
    send: Send,
    report: IReport
  ): Promise<void> {
    const name = nameOf(target);
    const folder = target.slice(0, target.length - name.length);
    for (let number = 1; ; number++) {
      try {
        return await send(folder + numbered(name, number), false, report);
      } catch (reason) {
        if (!isTaken(reason) || number === MOST_NAMES) {
          throw reason;
        }
      }
    }
  }

  private async _follow(
    { id }: { id: string },
    { signal, progress }: IReport
  ): Promise<void> {
    signal.addEventListener('abort', () => {
      void this._api.cancelTransfer(id).catch(() => undefined);
    });
    for (let look = 0; ; look++) {
      const transfer = await this._api.transfer(id);
      progress(transfer.done_bytes, transfer.size_bytes);
      if (transfer.state === 'done') {
        return;
      }
      if (transfer.state !== 'running') {
        const { message, hint } = transfer.error ?? { message: '', hint: '' };
        throw new ApiError('service', message, hint);
      }
      const rest = INTERVALS[Math.min(look, INTERVALS.length - 1)];
      await new Promise(resolve => setTimeout(resolve, rest));
    }
  }

  /** Refuse at once what the Data Lab would refuse after the last byte. */
  private _checkRoom(size: number): void {
    const { used_bytes: used, quota_bytes: quota } = this._usage() ?? {};
    if (typeof quota !== 'number' || typeof used !== 'number') {
      return;
    }
    const room = Math.max(0, quota - used);
    if (size > room) {
      throw new ApiError(
        'service',
        room
          ? `There is room for ${sizeText(room)}, and the file has ${sizeText(size)}.`
          : 'Your storage is full.',
        'Delete something first, or ask for a larger quota.',
        'quota'
      );
    }
  }
}

function isTaken(reason: unknown): boolean {
  return asApiError(reason).refusal === 'exists';
}

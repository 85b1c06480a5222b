import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { ApiError } from '../api';
import { InsertError } from '../snippets/notebooks';

/** Do something, and tell the user what went wrong. */
export async function reportFailure(
  trans: TranslationBundle,
  action: () => Promise<void>
): Promise<void> {
  try {
    await action();
  } catch (reason) {
    const message =
      reason instanceof ApiError
        ? `${reason.message} ${reason.hint}`.trim()
        : reason instanceof Error
          ? reason.message
          : String(reason);
    const show =
      reason instanceof InsertError ? Notification.warning : Notification.error;
    show(message || trans.__('Something went wrong.'), { autoClose: 8000 });
  }
}

import type { TranslationBundle } from '@jupyterlab/translation';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A time as a list shows it: `now`, `5 min`, `3 h`, `12 Nov`, `Nov 2024`. */
export function ago(time: string, trans: TranslationBundle): string {
  const then = new Date(time);
  const age = Date.now() - then.getTime();
  if (Number.isNaN(age)) {
    return '';
  }
  if (age < MINUTE) {
    return trans.__('now');
  }
  if (age < HOUR) {
    return trans.__('%1 min', Math.floor(age / MINUTE));
  }
  if (age < DAY) {
    return trans.__('%1 h', Math.floor(age / HOUR));
  }
  return age < 300 * DAY
    ? then.toLocaleDateString(undefined, { day: 'numeric', month: 'short' })
    : then.toLocaleDateString(undefined, { month: 'short', year: 'numeric' });
}

/** A time with all there is to tell, in the zone of the reader. */
export function exactTime(time: string): string {
  const then = new Date(time);
  return Number.isNaN(then.getTime()) ? '' : then.toLocaleString();
}

import type { IUsage } from '../api';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** A size as people write it: 0 B, 14 kB, 1.2 GB. */
export function sizeText(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 999.5 kB would be written as 1000 kB.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const digits = unit > 0 && value < 9.95 ? 1 : 0;
  return `${value.toFixed(digits)} ${UNITS[unit]}`;
}

/** How a quota stands. */
export type Fullness = 'unlimited' | 'roomy' | 'nearly-full' | 'full';

/** From this share on a quota is said to be nearly full. */
const NEARLY = 0.9;

export function fullness({ used_bytes, quota_bytes }: IUsage): Fullness {
  if (quota_bytes === null || used_bytes === null) {
    return 'unlimited';
  }
  if (used_bytes >= quota_bytes) {
    return 'full';
  }
  return used_bytes >= NEARLY * quota_bytes ? 'nearly-full' : 'roomy';
}

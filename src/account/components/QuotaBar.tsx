import * as React from 'react';
import type { IUsage } from '../../api';
import { usePanel } from '../../panel/context';
import { fullness, sizeText } from '../sizes';

/** How much of a quota is used: a thin bar, with words. */
export function QuotaBar(props: {
  label: string;
  usage: IUsage | null;
  /** What to do when it is full. */
  advice?: string;
}): JSX.Element | null {
  const { trans } = usePanel();
  const { label, usage, advice } = props;
  if (!usage || usage.used_bytes === null) {
    return null;
  }
  const { used_bytes: used, quota_bytes: quota } = usage;
  const state = fullness(usage);
  const percent =
    quota === null ? 0 : Math.min(100, (100 * used) / Math.max(1, quota));
  const words =
    quota === null
      ? trans.__('%1 used', sizeText(used))
      : trans.__('%1 of %2 used', sizeText(used), sizeText(quota));
  return (
    <div className="jp-DataLab-quota" data-state={state}>
      <div className="jp-DataLab-quotaWords">
        <span>{label}</span>
        <span>
          {state === 'full' && <strong>{trans.__('Full: ')}</strong>}
          {words}
        </span>
      </div>
      {quota !== null && (
        <div
          className="jp-DataLab-quotaBar"
          role="meter"
          aria-label={label}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={Math.round(percent)}
          aria-valuetext={words}
        >
          <div style={{ width: `${percent}%` }} />
        </div>
      )}
      {state === 'full' && advice && <p>{advice}</p>}
    </div>
  );
}

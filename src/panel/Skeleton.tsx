import * as React from 'react';
import { usePanel } from './context';

/** What stands where a list is still on its way. */
export function Skeleton(): JSX.Element {
  const { trans } = usePanel();
  return (
    <div className="jp-DataLab-skeletons" aria-label={trans.__('Loading')}>
      {[60, 45, 52, 38, 56, 41].map((width, index) => (
        <span
          key={index}
          className="jp-DataLab-skeleton"
          style={{ width: `${width}%` }}
        />
      ))}
    </div>
  );
}

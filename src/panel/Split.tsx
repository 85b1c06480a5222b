import * as React from 'react';
import { usePanel } from './context';

const SMALLEST = 15;
const LARGEST = 85;
const STEP = 5;

export interface ISplitProps {
  /** The upper part. */
  upper: React.ReactNode;
  /** The lower part; the upper takes all the room without one. */
  lower: React.ReactNode | null;
}

/** Two parts above one another, with a bar between them that moves. */
export function Split({ upper, lower }: ISplitProps): JSX.Element {
  const { trans } = usePanel();
  const [share, setShare] = React.useState(45);
  const container = React.useRef<HTMLDivElement>(null);
  const move = (percent: number) =>
    setShare(Math.min(LARGEST, Math.max(SMALLEST, percent)));

  const onPointerMove = (event: React.PointerEvent) => {
    if (event.currentTarget.hasPointerCapture(event.pointerId)) {
      const box = container.current!.getBoundingClientRect();
      move(((event.clientY - box.top) / box.height) * 100);
    }
  };
  const onKeyDown = (event: React.KeyboardEvent) => {
    const change = { ArrowUp: -STEP, ArrowDown: STEP }[event.key];
    if (change) {
      event.preventDefault();
      move(share + change);
    }
  };

  return (
    <div className="jp-DataLab-split" ref={container}>
      <div
        className="jp-DataLab-splitUpper"
        style={lower ? { flexBasis: `${share}%`, flexGrow: 0 } : undefined}
      >
        {upper}
      </div>
      {lower && (
        <>
          <div
            className="jp-DataLab-splitBar"
            role="separator"
            aria-orientation="horizontal"
            aria-label={trans.__('Height of the list')}
            aria-valuemin={SMALLEST}
            aria-valuemax={LARGEST}
            aria-valuenow={Math.round(share)}
            tabIndex={0}
            onKeyDown={onKeyDown}
            onPointerDown={event =>
              event.currentTarget.setPointerCapture(event.pointerId)
            }
            onPointerMove={onPointerMove}
          />
          <div className="jp-DataLab-splitLower">{lower}</div>
        </>
      )}
    </div>
  );
}

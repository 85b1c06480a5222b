import * as React from 'react';
import { usePanel } from '../panel/context';
import type { Frame } from './coordinates';

/** Equatorial or galactic coordinates. */
export function FrameChoice(props: {
  frame: Frame;
  onChange: (frame: Frame) => void;
}): JSX.Element {
  const { trans } = usePanel();
  const frames: [Frame, string][] = [
    ['icrs', trans.__('Equatorial')],
    ['galactic', trans.__('Galactic')]
  ];
  return (
    <span
      className="jp-DataLab-choice"
      role="group"
      aria-label={trans.__('Coordinates')}
    >
      {frames.map(([frame, label]) => (
        <button
          key={frame}
          aria-pressed={props.frame === frame}
          onClick={() => props.onChange(frame)}
        >
          {label}
        </button>
      ))}
    </span>
  );
}

import * as React from 'react';
import type { Demo } from '../catalogue/demo';
import { dataLabIcon } from '../icons';
import { usePanel } from './context';
import { Message } from './Message';

/** Shown when a Data Lab has no tables yet: one click brings the demo sky. */
export function DemoOffer({ demo }: { demo: Demo }): JSX.Element {
  const { trans } = usePanel();
  return (
    <div className="jp-DataLab-offer">
      <dataLabIcon.react tag="span" className="jp-DataLab-offerIcon" />
      <p className="jp-DataLab-messageTitle">
        {trans.__('Your Data Lab is empty')}
      </p>
      <p>
        {trans.__(
          'The demo sky brings 482,176 real stars of Gaia DR3 within seconds, then the nebulae and galaxies of OpenNGC and a simulated deep survey, all on this computer.'
        )}
      </p>
      <button
        className="jp-DataLab-button jp-mod-accept"
        onClick={() => void demo.start()}
      >
        {trans.__('Make the demo sky')}
      </button>
      <p className="jp-DataLab-dim">
        {trans.__('About two million rows, in about a minute.')}
      </p>
    </div>
  );
}

/** How far the demo sky is, or why it was not finished. */
export function DemoProgress({ demo }: { demo: Demo }): JSX.Element | null {
  const { trans } = usePanel();
  const state = demo.state;
  if (state?.state === 'failed') {
    return (
      <Message
        kind="error"
        title={trans.__('The demo sky was not finished')}
        onRetry={() => void demo.start()}
      >
        <p>{state.error}</p>
      </Message>
    );
  }
  if (state?.state !== 'running') {
    return null;
  }
  const percent = Math.round(state.progress * 100);
  const label = state.message || trans.__('Making the demo sky…');
  return (
    <div className="jp-DataLab-progress">
      <div className="jp-DataLab-progressText">
        <span>{label}</span>
        <span>{`${percent} %`}</span>
      </div>
      <div
        className="jp-DataLab-progressBar"
        role="progressbar"
        aria-label={trans.__('Demo sky')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
      >
        <div style={{ width: `${percent}%` }} />
      </div>
    </div>
  );
}

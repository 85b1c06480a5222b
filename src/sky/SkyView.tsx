import * as React from 'react';
import { SimulatedBadge } from '../catalogue/components/TreeRow';
import { usePanel, useSignal } from '../panel/context';
import { Failure } from '../panel/Failure';
import { Message } from '../panel/Message';
import { Skeleton } from '../panel/Skeleton';
import type { SkyCanvas } from './canvas';
import type { Direction } from './coordinates';
import { angleText, directionText } from './coordinates';
import type { SkyModel } from './model';
import { NearbyRows, nearbyWords } from './NearbyRows';
import { SkyLayers } from './SkyLayers';
import { SkyStage } from './SkyStage';
import { SkyTools } from './SkyTools';

/** A table on the sky. */
export function SkyView(props: {
  model: SkyModel;
  layerUrl: (path: string) => string;
}): JSX.Element {
  const { trans } = usePanel();
  const { model, layerUrl } = props;
  useSignal(model.changed);
  const [canvas, setCanvas] = React.useState<SkyCanvas | null>(null);
  const [pointer, setPointer] = React.useState<Direction | null>(null);
  const isReady = model.table !== null && model.view !== null;
  return (
    <div className="jp-DataLab-skyView">
      <header className="jp-DataLab-skyHeader">
        <h2>{model.name}</h2>
        {model.simulated && <SimulatedBadge />}
        {isReady && <SkyTools model={model} canvas={canvas} />}
      </header>
      {isReady ? (
        <>
          <Trouble model={model} />
          <div className="jp-DataLab-skyBody">
            <SkyStage
              model={model}
              layerUrl={layerUrl}
              label={trans.__('The sky of %1', model.name)}
              onCanvas={setCanvas}
              onPointer={setPointer}
            />
            <SkyLayers model={model} />
          </div>
          <NearbyRows model={model} />
          <Foot model={model} pointer={pointer} />
        </>
      ) : (
        <NotReady model={model} />
      )}
      <News model={model} />
    </div>
  );
}

/** Why there is no sky yet. */
function NotReady({ model }: { model: SkyModel }): JSX.Element {
  const { trans } = usePanel();
  const { connection, error } = model;
  if (error) {
    return (
      <Message
        kind="error"
        title={trans.__('This table cannot be shown on the sky')}
        onRetry={() => void model.load()}
      >
        <p>{error.message}</p>
        <p>{error.hint}</p>
      </Message>
    );
  }
  switch (connection.state) {
    case 'unknown':
    case 'ready':
      return <Skeleton />;
    case 'starting':
      return (
        <>
          <Message
            title={connection.message || trans.__('The Data Lab is starting.')}
          />
          <Skeleton />
        </>
      );
    default:
      return (
        <Failure
          kind={connection.state}
          message={connection.message}
          hint={connection.hint}
          onRetry={() => connection.look()}
        />
      );
  }
}

/** What went wrong while the sky is in sight. */
function Trouble({ model }: { model: SkyModel }): JSX.Element | null {
  const { trans } = usePanel();
  const { connection, problem, error } = model;
  const isUp = /^(ready|unknown)$/.test(connection.state);
  const told = problem ?? error;
  if (isUp && !told) {
    return null;
  }
  return (
    <div className="jp-DataLab-banner" role="alert">
      {told ? (
        `${told.message} ${told.hint}`
      ) : (
        <>
          <strong>
            {trans.__('No more of the sky can be read just now.')}
          </strong>{' '}
          {connection.message}
        </>
      )}
    </div>
  );
}

/** Where one looks, and whose data these are. */
function Foot(props: {
  model: SkyModel;
  pointer: Direction | null;
}): JSX.Element {
  const { trans } = usePanel();
  const { model, pointer } = props;
  const { center, fov_deg } = model.view!;
  const credits = model.credits;
  return (
    <footer className="jp-DataLab-skyFoot">
      <span
        className="jp-DataLab-skyPlace"
        title={
          pointer
            ? trans.__('Under the pointer')
            : trans.__('In the middle of the view')
        }
      >
        {directionText(pointer ?? center, model.frame, fov_deg)}
      </span>
      <span className="jp-DataLab-skyFov" title={trans.__('Field of view')}>
        {trans.__('%1 wide', angleText(fov_deg))}
      </span>
      <span className="jp-DataLab-skyCredit">
        {model.simulated && (
          <strong>{trans.__('Simulated, not observed.')} </strong>
        )}
        {credits.length > 0 && (
          <span title={credits.join('\n')}>
            {trans.__('Credit: %1', credits.join(' '))}
          </span>
        )}
      </span>
    </footer>
  );
}

/** Says to a screen reader what others see change. */
function News({ model }: { model: SkyModel }): JSX.Element {
  const { trans } = usePanel();
  const { found, nearby } = model;
  return (
    <div className="jp-DataLab-live" role="status" aria-live="polite">
      {found && trans.__('Moved to %1.', found)}{' '}
      {nearby?.result && nearbyWords(model, trans)}
    </div>
  );
}

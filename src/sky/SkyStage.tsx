import * as React from 'react';
import { usePanel } from '../panel/context';
import { Message } from '../panel/Message';
import type { ICanvasOptions } from './canvas';
import { SkyCanvas } from './canvas';
import {
  SkyProblem,
  loadAladin
} from '../../python/datalab_toolkit/widgets/browser/skyaladin.mjs';

/** The part of the field of view that an arrow key moves by. */
const STEP = 0.1;

/** What keys do, beside the pointer. */
const KEYS: Record<string, (canvas: SkyCanvas) => void> = {
  ArrowLeft: canvas => canvas.pan(-STEP, 0),
  ArrowRight: canvas => canvas.pan(STEP, 0),
  ArrowUp: canvas => canvas.pan(0, STEP),
  ArrowDown: canvas => canvas.pan(0, -STEP),
  '+': canvas => canvas.zoom(1 / 1.5),
  '=': canvas => canvas.zoom(1 / 1.5),
  '-': canvas => canvas.zoom(1.5),
  Enter: canvas => canvas.showNearby()
};

export interface ISkyStageProps extends ICanvasOptions {
  /** Told the picture, and null when there is none any more. */
  onCanvas: (canvas: SkyCanvas | null) => void;
  label: string;
}

/** The picture of the sky, or why there is none. */
export function SkyStage(props: ISkyStageProps): JSX.Element {
  const { trans } = usePanel();
  const stage = React.useRef<HTMLDivElement>(null);
  const canvas = React.useRef<SkyCanvas | null>(null);
  const [state, setState] = React.useState<
    'loading' | 'drawn' | SkyProblem['reason']
  >('loading');
  const [attempt, setAttempt] = React.useState(0);
  const help = React.useId();
  const { model, layerUrl, onPointer, onCanvas } = props;

  React.useEffect(() => {
    let isGone = false;
    setState('loading');
    const node = document.createElement('div');
    node.className = 'jp-DataLab-skyPicture';
    stage.current!.append(node);
    const draw = async () => {
      try {
        const module = await loadAladin();
        if (!isGone) {
          canvas.current = new SkyCanvas(node, module, {
            model,
            layerUrl,
            onPointer
          });
          onCanvas(canvas.current);
          setState('drawn');
        }
      } catch (reason) {
        setState(reason instanceof SkyProblem ? reason.reason : 'no-webgl');
      }
    };
    void draw();
    return () => {
      isGone = true;
      canvas.current?.dispose();
      canvas.current = null;
      onCanvas(null);
      node.remove();
    };
  }, [model, layerUrl, onPointer, onCanvas, attempt]);

  return (
    <div className="jp-DataLab-skyStage" data-state={state}>
      <div
        ref={stage}
        className="jp-DataLab-skyKeys"
        role="application"
        tabIndex={0}
        aria-label={props.label}
        aria-describedby={help}
        aria-busy={state === 'loading'}
        onKeyDown={event => {
          const act = KEYS[event.key];
          const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
          if (act && canvas.current && isPlain) {
            event.preventDefault();
            event.stopPropagation();
            act(canvas.current);
          }
        }}
      />
      <span id={help} className="jp-DataLab-live">
        {trans.__(
          'Arrow keys move, plus and minus zoom, Enter lists the rows in the middle. North is up, east to the left.'
        )}
      </span>
      {state === 'loading' && (
        <p className="jp-DataLab-skyNote">{trans.__('Loading the sky …')}</p>
      )}
      {state === 'no-webgl' && (
        <Message
          kind="error"
          title={trans.__('This browser cannot draw the sky')}
          onRetry={() => setAttempt(attempt + 1)}
        >
          <p>
            {trans.__(
              'The sky is drawn with WebGL 2. Switch on hardware acceleration in the settings of the browser, or use another browser. The map of the table in the panel needs no WebGL.'
            )}
          </p>
        </Message>
      )}
      {state === 'no-file' && (
        <Message
          kind="error"
          title={trans.__('Aladin Lite, which draws the sky, is not there')}
          onRetry={() => setAttempt(attempt + 1)}
        >
          <p>
            {trans.__(
              'It comes with the front end of jupyterlab-datalab. Install the package again, and start Jupyter again.'
            )}
          </p>
        </Message>
      )}
    </div>
  );
}

import { Clipboard, Notification } from '@jupyterlab/apputils';
import {
  addIcon,
  copyIcon,
  homeIcon,
  searchIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';
import { usePanel } from '../panel/context';
import { onDragStart } from '../panel/press';
import { SnippetDrag } from '../snippets/drag';
import type { SkyCanvas } from './canvas';
import { FrameChoice } from './FrameChoice';
import type { SkyModel } from './model';
import { skyCode } from './snippet';

/** What can be done with the view: look elsewhere, closer, and take it along as code. */
export function SkyTools(props: {
  model: SkyModel;
  canvas: SkyCanvas | null;
}): JSX.Element {
  const { trans } = usePanel();
  const { model, canvas } = props;
  const button = (label: string, content: React.ReactNode, act: () => void) => (
    <button
      className="jp-DataLab-iconButton"
      aria-label={label}
      title={label}
      disabled={!canvas}
      onClick={act}
    >
      {content}
    </button>
  );
  return (
    <div
      className="jp-DataLab-skyTools"
      role="group"
      aria-label={trans.__('Tools')}
    >
      <Search model={model} />
      <FrameChoice
        frame={model.frame}
        onChange={frame => (model.frame = frame)}
      />
      <span className="jp-DataLab-skyZoom">
        {button(trans.__('Zoom out'), '−', () => canvas?.zoom(2))}
        {button(trans.__('Zoom in'), <addIcon.react tag="span" />, () =>
          canvas?.zoom(0.5)
        )}
        {button(
          trans.__('Show the whole table'),
          <homeIcon.react tag="span" />,
          () => model.showLayer(model.layers[0].path)
        )}
      </span>
      <Code model={model} />
    </div>
  );
}

/** Looks for an object by its name, or for a place in numbers. */
function Search({ model }: { model: SkyModel }): JSX.Element {
  const { trans } = usePanel();
  const [text, setText] = React.useState('');
  return (
    <form
      className="jp-DataLab-filter"
      role="search"
      onSubmit={event => {
        event.preventDefault();
        if (text.trim()) {
          void model.find(text);
        }
      }}
    >
      <searchIcon.react tag="span" className="jp-DataLab-filterIcon" />
      <input
        type="search"
        aria-label={trans.__('Go to an object or position')}
        placeholder={trans.__('M 31, or 10.68 +41.27')}
        spellCheck={false}
        value={text}
        onChange={event => setText(event.target.value)}
      />
    </form>
  );
}

/** The view as Python code: to insert, to drag, to copy. */
function Code({ model }: { model: SkyModel }): JSX.Element {
  const { trans, insert } = usePanel();
  const drag = ({ clientX, clientY }: PointerEvent) => {
    const code = skyCode(model);
    const dragged = new SnippetDrag({
      label: trans.__('Sky of %1', model.name),
      text: code,
      code
    });
    void dragged.start(clientX, clientY);
  };
  return (
    <span className="jp-DataLab-skyCode">
      <button
        className="jp-DataLab-button"
        title={trans.__(
          'This view as a cell of a notebook; drag it to where you want it'
        )}
        disabled={!model.view}
        onPointerDown={event => onDragStart(event, drag)}
        onClick={() => void insert(skyCode(model))}
      >
        {trans.__('Insert into notebook')}
      </button>
      <button
        className="jp-DataLab-iconButton"
        aria-label={trans.__('Copy as code')}
        title={trans.__('Copy as code')}
        disabled={!model.view}
        onClick={() => {
          Clipboard.copyToSystem(skyCode(model));
          Notification.success(trans.__('Code copied'), { autoClose: 2000 });
        }}
      >
        <copyIcon.react tag="span" />
      </button>
    </span>
  );
}

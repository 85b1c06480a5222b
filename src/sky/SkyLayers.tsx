import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { ISkyLayer } from '../api';
import { usePanel } from '../panel/context';
import type { IShownLayer, SkyModel } from './model';

/** Which layers are shown, how strongly, and which more there are. */
export function SkyLayers({ model }: { model: SkyModel }): JSX.Element {
  const { trans } = usePanel();
  const shown = new Set(model.layers.map(({ path }) => path));
  const more = model.choices.filter(({ path }) => !shown.has(path));
  const kinds: [ISkyLayer['kind'], string][] = [
    ['images', trans.__('Images')],
    ['density', trans.__('Density of a table')]
  ];
  return (
    <section className="jp-DataLab-skyLayers" aria-label={trans.__('Layers')}>
      <ul>
        {[...model.layers].reverse().map(layer => (
          <Layer key={layer.path} model={model} layer={layer} />
        ))}
      </ul>
      {more.length > 0 && (
        <select
          aria-label={trans.__('Add a layer')}
          value=""
          onChange={event => void model.addLayer(event.target.value)}
        >
          <option value="" disabled>
            {trans.__('Add a layer …')}
          </option>
          {kinds.map(([kind, label]) => (
            <Group
              key={kind}
              label={label}
              layers={more.filter(layer => layer.kind === kind)}
            />
          ))}
        </select>
      )}
    </section>
  );
}

function Group(props: {
  label: string;
  layers: ISkyLayer[];
}): JSX.Element | null {
  return props.layers.length ? (
    <optgroup label={props.label}>
      {props.layers.map(({ path, title }) => (
        <option key={path} value={path}>
          {title}
        </option>
      ))}
    </optgroup>
  ) : null;
}

function Layer(props: { model: SkyModel; layer: IShownLayer }): JSX.Element {
  const { trans } = usePanel();
  const { model, layer } = props;
  const { path, opacity } = layer;
  const title = model.survey(path)?.title ?? path;
  const isLowest = model.layers[0].path === path;
  return (
    <li>
      <div className="jp-DataLab-skyLayerTitle">
        <button
          className="jp-DataLab-linkButton"
          title={trans.__('Show all of it')}
          onClick={() => model.showLayer(path)}
        >
          {title}
        </button>
        {!isLowest && (
          <button
            className="jp-DataLab-iconButton"
            aria-label={trans.__('Remove %1', title)}
            title={trans.__('Remove')}
            onClick={() => model.removeLayer(path)}
          >
            <closeIcon.react tag="span" />
          </button>
        )}
      </div>
      <label>
        <span className="jp-DataLab-dim">{trans.__('Opacity')}</span>
        <input
          type="range"
          min={0}
          max={100}
          step={5}
          value={Math.round(opacity * 100)}
          aria-label={trans.__('Opacity of %1', title)}
          aria-valuetext={`${Math.round(opacity * 100)} %`}
          onChange={event =>
            model.setOpacity(path, Number(event.target.value) / 100)
          }
        />
        <span className="jp-DataLab-skyPercent" aria-hidden="true">
          {`${Math.round(opacity * 100)} %`}
        </span>
      </label>
    </li>
  );
}

import { DEFAULT_SERVICE, pythonString } from '../snippets';
import type { SkyModel } from './model';

/** The Python code that shows the same part of the sky in a notebook. */
export function skyCode({ frame, layers, service, view }: SkyModel): string {
  const [own, ...others] = layers.map(({ path }) =>
    pythonString(path.slice(path.indexOf('/') + 1))
  );
  const from =
    service === DEFAULT_SERVICE ? '' : `, service=${pythonString(service)}`;
  const place = view
    ? `(${view.center.map(degrees => degrees.toFixed(5)).join(', ')}), ` +
      `fov_deg=${Number(view.fov_deg.toPrecision(4))}, `
    : '';
  const turned = frame === 'galactic' ? ', frame="galactic"' : '';
  const made = `dl.sky(${place}survey=${own}${from}${turned})`;
  const lines = others.length
    ? [
        `sky = ${made}`,
        ...others.map(name => `sky.add_survey(${name}${from})`),
        'sky'
      ]
    : [made];
  return ['import datalab_toolkit as dl', '', ...lines].join('\n');
}

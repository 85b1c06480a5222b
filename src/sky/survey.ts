import { ApiError } from '../api';
import type { Direction } from './coordinates';

/** A sky layer that can be drawn, as its `properties` describe it. */
export interface ISurvey {
  /** Where it is: `density/gaia_dr3.gaia_source_g10`. */
  path: string;
  title: string;
  credit: string;
  format: 'png' | 'jpg' | 'fits';
  /** The deepest and the least deep tiles. */
  order: number;
  order_min: number;
  tile_width: number;
  frame: string;
  /** How pixels of FITS tiles are written; 0 where that is not said. */
  bitpix: number;
  /** Where to look first. */
  center: Direction;
  fov_deg: number;
}

/** What tiles are drawn as, the best first. */
const FORMATS: [ISurvey['format'], RegExp][] = [
  ['png', /\bpng\b/],
  ['jpg', /\bjpe?g\b/],
  ['fits', /\bfits\b/]
];

/**
 * Read the `properties` of a HiPS (HiPS 1.0, section 4.4.1).
 *
 * They are read before the viewer sees the layer: a layer that does not work
 * would make it ask other servers for another sky.
 */
export function readSurvey(path: string, text: string): ISurvey {
  const told = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const sign = line.indexOf('=');
    if (sign > 0 && !line.startsWith('#')) {
      told.set(line.slice(0, sign).trim(), line.slice(sign + 1).trim());
    }
  }
  const formats = told.get('hips_tile_format') ?? '';
  const format = FORMATS.find(([, name]) => name.test(formats))?.[0];
  if (!format || !/^[1-9]\d?$/.test(told.get('hips_order') ?? '')) {
    throw new ApiError(
      'service',
      `The sky layer ${path} does not say what its tiles are.`,
      'Choose another one.'
    );
  }
  const number = (name: string, otherwise: number) => {
    const value = Number.parseFloat(told.get(name) ?? '');
    return Number.isFinite(value) ? value : otherwise;
  };
  return {
    path,
    title: told.get('obs_title') || path,
    credit: told.get('obs_ack') || told.get('obs_copyright') || '',
    format,
    order: number('hips_order', 0),
    order_min: number('hips_order_min', 0),
    tile_width: number('hips_tile_width', 512),
    frame: told.get('hips_frame') || 'equatorial',
    bitpix: number('hips_pixel_bitpix', 0),
    center: [number('hips_initial_ra', 0), number('hips_initial_dec', 0)],
    fov_deg: Math.min(180, Math.max(0.01, number('hips_initial_fov', 60)))
  };
}

/** The layer of a table's density. */
export function densityPath(fullName: string): string {
  return `density/${fullName}`;
}

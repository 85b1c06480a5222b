import type { IColumn, IQueryResult, ITable } from '../api';
import { quoteColumn, quoteTable } from '../snippets';
import type { Direction } from './coordinates';

/** How many rows are shown. */
export const NEAREST = 10;

/** How many columns are shown, beside the distance. */
const COLUMNS = 8;

/** The radius around a click: so many pixels, but no less than this angle. */
const PIXELS = 6;
const LEAST_DEG = 2 / 3600;
const MOST_DEG = 5;

/** The rows around a place, the nearest first. */
export interface INearby {
  center: Direction;
  radius_deg: number;
  /** Null until the rows are here. */
  result: IQueryResult | null;
  /** Where the rows are. */
  places: Direction[];
}

/** How far around a click rows are looked for. */
export function radiusAround(pixel_deg: number): number {
  return Math.min(MOST_DEG, Math.max(LEAST_DEG, PIXELS * pixel_deg));
}

/** The columns with right ascension and declination, null when there are none. */
export function positionColumns(
  columns: IColumn[]
): [ra: string, dec: string] | null {
  const find = (axis: string) => {
    const all = columns.filter(({ ucd }) =>
      new RegExp(`^pos\\.eq\\.${axis}(;|$)`, 'i').test(ucd)
    );
    const named = columns.find(({ name }) => name.toLowerCase() === axis);
    const main = all.find(({ ucd }) => /meta\.main/i.test(ucd));
    return (main ?? all[0] ?? named)?.name;
  };
  const [ra, dec] = [find('ra'), find('dec')];
  return ra && dec ? [ra, dec] : null;
}

/** The ADQL for the rows nearest to a place; the place of each comes last. */
export function nearbyQuery(
  table: ITable,
  [ra, dec]: Direction,
  radius_deg: number
): string {
  const names = table.columns.map(({ name }) => name);
  const quoted = (name: string) => quoteColumn(name, names);
  const position = positionColumns(table.columns);
  if (!position) {
    throw new Error(`${table.name} has no positions.`);
  }
  const [x, y] = position.map(quoted);
  const shown = shownColumns(table.columns, position).map(quoted);
  const place = `POINT(${ra.toFixed(8)}, ${dec.toFixed(8)})`;
  const away = `DISTANCE(POINT(${x}, ${y}), ${place})`;
  return [
    `SELECT TOP ${NEAREST + 1} ${shown.join(', ')},`,
    `       ${away} AS ${free('distance_deg', names)},`,
    `       ${x} AS ${free('place_ra', names)}, ${y} AS ${free('place_dec', names)}`,
    `FROM ${quoteTable(table)}`,
    `WHERE 1 = CONTAINS(POINT(${x}, ${y}),`,
    `                   CIRCLE(${ra.toFixed(8)}, ${dec.toFixed(8)}, ${radius_deg.toPrecision(6)}))`,
    `ORDER BY ${free('distance_deg', names)}`
  ].join('\n');
}

/** What a query of `nearbyQuery` found: the rows as they are shown, and their places. */
export function readNearby(
  found: IQueryResult
): Pick<INearby, 'places'> & { result: IQueryResult } {
  const distance = found.columns.length - 3;
  const rows = found.rows.slice(0, NEAREST);
  return {
    places: rows.map(row => [
      Number(row[distance + 1]),
      Number(row[distance + 2])
    ]),
    result: {
      columns: [
        { ...found.columns[distance], name: 'distance', unit: 'arcsec' },
        ...found.columns.slice(0, distance)
      ],
      rows: rows.map(row => [
        Number((3600 * Number(row[distance])).toPrecision(4)),
        ...row.slice(0, distance)
      ]),
      overflow: found.overflow || found.rows.length > NEAREST
    }
  };
}

/** The id and the position first, then what matters most. */
function shownColumns(columns: IColumn[], position: string[]): string[] {
  const first = columns
    .filter(({ ucd }) => /^meta\.id/i.test(ucd))
    .slice(0, 1)
    .map(({ name }) => name);
  const principal = columns.filter(column => column.principal);
  const more = (principal.length ? principal : columns).map(({ name }) => name);
  return [...new Set([...first, ...position, ...more])].slice(0, COLUMNS);
}

/** A name that no column has. */
function free(name: string, names: string[]): string {
  const taken = new Set(names.map(other => other.toLowerCase()));
  let made = name;
  while (taken.has(made)) {
    made += '_';
  }
  return made;
}

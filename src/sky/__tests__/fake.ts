import type { IQueryResult, ISkyApi, IStatus, ITable } from '../../api';
import { ApiError } from '../../api';

const column = (name: string, ucd = '', datatype = 'DOUBLE') => ({
  name,
  datatype,
  arraysize: '',
  unit: '',
  ucd,
  utype: '',
  description: '',
  principal: true,
  indexed: false
});

export const STARS: ITable = {
  schema: 'small',
  name: 'stars',
  description: '',
  rows: 1000,
  simulated: false,
  credit: 'Thanks to the stars.',
  columns: [
    column('mag'),
    column('ra', 'pos.eq.ra;meta.main'),
    column('dec', 'pos.eq.dec;meta.main'),
    column('id', 'meta.id;meta.main', 'BIGINT')
  ]
};

export const properties = (title: string, more = '') => `
obs_title           = ${title}
hips_order          = 6
hips_tile_format    = png fits
hips_initial_ra     = 120.5
hips_initial_dec    = -10.25
hips_initial_fov    = 30
${more}`;

/** A server extension in memory, which remembers what it was asked. */
export class FakeSky implements ISkyApi {
  asked: string[] = [];
  state: IStatus = {
    state: 'ready',
    message: '',
    features: ['hips'],
    schemas: 1,
    tables: 2,
    restarts: 0
  };
  surveys: Record<string, string> = {
    'density/small.stars': properties('Density of small.stars'),
    'images/deep/g': properties(
      'Deep field, g (simulated)',
      'obs_ack = Thanks to nobody.'
    )
  };
  /** One row of `nearbyQuery` for each; the columns are those of STARS. */
  found: IQueryResult['rows'] = [
    ['9007199254740993', 120.5, -10.25, 7.5, 0.0005, 120.5, -10.2505]
  ];

  async status() {
    return { ...this.state };
  }

  async table(_: string, fullName: string) {
    this.asked.push(`table ${fullName}`);
    return STARS;
  }

  async layers() {
    this.asked.push('layers');
    return Object.keys(this.surveys).map(path => ({
      path,
      kind: path.split('/')[0] as 'density' | 'images',
      title: path
    }));
  }

  async properties(_: string, layer: string) {
    this.asked.push(`properties ${layer}`);
    const text = this.surveys[layer];
    if (text === undefined) {
      throw new ApiError('service', `There is no ${layer}.`);
    }
    return text;
  }

  layerUrl(service: string, layer: string) {
    return `http://here/${service}/${layer}`;
  }

  async findObject(_: string, name: string) {
    this.asked.push(`object ${name}`);
    if (name !== 'm 31') {
      throw new ApiError('service', `No object is known here as “${name}”.`);
    }
    return { name: 'NGC0224', ra: 10.68, dec: 41.27 };
  }

  async query(_: string, query: string) {
    this.asked.push(query);
    const names = 'id ra dec mag distance_deg place_ra place_dec'.split(' ');
    return {
      columns: names.map(name => column(name)),
      rows: this.found,
      overflow: false
    };
  }
}

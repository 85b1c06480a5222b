import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { ApiError } from './errors';
import type {
  IDemoState,
  IDensity,
  IPage,
  IQueryResult,
  ISchema,
  IService,
  ISkyView,
  IStatistics,
  IStatus,
  ITable,
  ITablesRequest
} from './types';

/** What the panel asks of the server extension. */
export interface IDataLabApi {
  services(): Promise<IService[]>;
  status(service: string): Promise<IStatus>;
  /** @param anew Whether the service itself is asked again. */
  schemas(service: string, anew?: boolean): Promise<ISchema[]>;
  tables(
    service: string,
    request: ITablesRequest,
    signal?: AbortSignal
  ): Promise<IPage>;
  table(service: string, fullName: string): Promise<ITable>;
  query(service: string, query: string, maxrec: number): Promise<IQueryResult>;
  density(service: string, fullName: string, view: ISkyView): Promise<IDensity>;
  statistics(service: string, fullName: string): Promise<IStatistics>;
  demo(service: string): Promise<IDemoState>;
  startDemo(service: string): Promise<IDemoState>;
}

/** The width of the whole sky in the Aitoff plane, in degrees: 180° · 4√2 / π. */
const ALL_SKY_FOV = (180 * 4 * Math.SQRT2) / Math.PI;

/** The longitude in the middle of a map, in degrees, as the toolkit's maps have it. */
const MIDDLE = { icrs: 180, galactic: 0 };

/** The server extension over HTTP. */
export class DataLabApi implements IDataLabApi {
  constructor(private _settings: ServerConnection.ISettings) {}

  async services(): Promise<IService[]> {
    const answer = await this._json<{ services: IService[] }>('services');
    return answer.services;
  }

  status(service: string): Promise<IStatus> {
    return this._json(path(service, 'status'));
  }

  async schemas(service: string, anew = false): Promise<ISchema[]> {
    const answer = await this._json<{ schemas: ISchema[] }>(
      path(service, 'schemas') + parameters({ refresh: anew ? 1 : 0 })
    );
    return answer.schemas;
  }

  tables(
    service: string,
    request: ITablesRequest,
    signal?: AbortSignal
  ): Promise<IPage> {
    return this._json(path(service, 'tables') + parameters({ ...request }), {
      signal
    });
  }

  table(service: string, fullName: string): Promise<ITable> {
    return this._json(path(service, 'tables', fullName));
  }

  query(service: string, query: string, maxrec: number): Promise<IQueryResult> {
    return this._json(path(service, 'query'), {
      method: 'POST',
      body: JSON.stringify({ query, maxrec })
    });
  }

  async density(
    service: string,
    fullName: string,
    view: ISkyView
  ): Promise<IDensity> {
    const response = await this._request(
      path(service, 'density', fullName) +
        parameters({
          projection: 'aitoff',
          lon: MIDDLE[view.frame],
          lat: 0,
          fov: ALL_SKY_FOV.toFixed(1),
          ...view
        })
    );
    const about = JSON.parse(response.headers.get('Datalab-Density') ?? '{}');
    return {
      width: view.width,
      height: view.height,
      counts: new Uint32Array(await response.arrayBuffer()),
      total: about.total ?? 0,
      cellArea: about.cell_area_deg2 ?? 0
    };
  }

  statistics(service: string, fullName: string): Promise<IStatistics> {
    return this._json(path(service, 'statistics', fullName));
  }

  demo(service: string): Promise<IDemoState> {
    return this._json(path(service, 'demo'));
  }

  startDemo(service: string): Promise<IDemoState> {
    return this._json(path(service, 'demo'), { method: 'POST', body: '{}' });
  }

  private async _json<T>(route: string, init: RequestInit = {}): Promise<T> {
    const response = await this._request(route, init);
    return response.json();
  }

  private async _request(
    route: string,
    init: RequestInit = {}
  ): Promise<Response> {
    const url = URLExt.join(
      this._settings.baseUrl,
      'jupyterlab-datalab',
      'api',
      route
    );
    let response: Response;
    try {
      response = await ServerConnection.makeRequest(url, init, this._settings);
    } catch {
      throw new ApiError('offline', 'The Jupyter server does not answer.');
    }
    if (!response.ok) {
      throw await errorOf(response);
    }
    return response;
  }
}

/** A route whose parts may hold any character, a slash too. */
function path(...parts: string[]): string {
  return parts.map(encodeURIComponent).join('/');
}

function parameters(values: Record<string, unknown>): string {
  const given = Object.entries(values).filter(
    ([, value]) => value !== undefined && value !== ''
  );
  return `?${new URLSearchParams(given.map(([k, v]) => [k, String(v)]))}`;
}

/** Only the extension's own errors have an `error` with a message. */
async function errorOf(response: Response): Promise<ApiError> {
  const body = await response.json().catch(() => null);
  const error = body?.error;
  if (response.status === 401 || response.status === 403) {
    return new ApiError('signed-out', 'You are signed out of Jupyter.');
  }
  if (error?.message) {
    return new ApiError('service', error.message, error.hint ?? '');
  }
  if (response.status === 404) {
    return new ApiError('missing', 'The Data Lab server extension is missing.');
  }
  return new ApiError(
    'service',
    `The Jupyter server answered with an error (${response.status} ${response.statusText}).`
  );
}

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { ApiError } from './errors';
import type { ISend } from './upload';
import { send } from './upload';
import type {
  IAccount,
  IDemoState,
  IDensity,
  IMyTable,
  IPage,
  IQueryResult,
  ISchema,
  IService,
  ISkyLayer,
  ISkyObject,
  ISkyView,
  IStatistics,
  IStatus,
  IStorageFolder,
  IStorageNode,
  ITable,
  ITablesRequest,
  ITransfer,
  TableAction
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

  account(): Promise<IAccount>;
  signIn(name: string, password: string): Promise<IAccount>;
  signOut(): Promise<IAccount>;
  myTables(): Promise<IMyTable[]>;
  changeTable(name: string, action: TableAction, value: string): Promise<void>;
  dropTable(name: string): Promise<void>;
}

/** What the sky view asks of the server extension. */
export interface ISkyApi extends Pick<
  IDataLabApi,
  'query' | 'status' | 'table'
> {
  layers(service: string): Promise<ISkyLayer[]>;
  /** What a layer says of itself: `name = value` lines (HiPS 1.0, section 4.4.1). */
  properties(service: string, layer: string): Promise<string>;
  /** Where the tiles of a layer are, for a viewer in this page. */
  layerUrl(service: string, layer: string): string;
  findObject(service: string, name: string): Promise<ISkyObject>;
}

/** What the file browser of the virtual storage asks of the server extension. */
export interface IStorageApi {
  /** @param after The name to go on after. */
  folder(path: string, after?: string): Promise<IStorageFolder>;
  setPublic(path: string, isPublic: boolean): Promise<IStorageNode>;
  upload(path: string, file: Blob, options: ISend): Promise<void>;
  downloadUrl(path: string): string;
  startTransfer(
    source: string,
    target: string,
    replace: boolean
  ): Promise<ITransfer>;
  transfer(id: string): Promise<ITransfer>;
  cancelTransfer(id: string): Promise<ITransfer>;
}

/** How many files and folders one request asks for. */
const PAGE = 500;

/** The width of the whole sky in the Aitoff plane, in degrees: 180° · 4√2 / π. */
const ALL_SKY_FOV = (180 * 4 * Math.SQRT2) / Math.PI;

/** The longitude in the middle of a map, in degrees, as the toolkit's maps have it. */
const MIDDLE = { icrs: 180, galactic: 0 };

/** The server extension over HTTP. */
export class DataLabApi implements IDataLabApi, ISkyApi, IStorageApi {
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

  async layers(service: string): Promise<ISkyLayer[]> {
    const answer = await this._json<{ layers: ISkyLayer[] }>(
      path(service, 'layers')
    );
    return answer.layers;
  }

  async properties(service: string, layer: string): Promise<string> {
    const response = await this._request(hips(service, layer, 'properties'));
    return response.text();
  }

  layerUrl(service: string, layer: string): string {
    return new URL(this._url(hips(service, layer)), location.href).href;
  }

  findObject(service: string, name: string): Promise<ISkyObject> {
    return this._json(path(service, 'objects') + parameters({ name }));
  }

  demo(service: string): Promise<IDemoState> {
    return this._json(path(service, 'demo'));
  }

  startDemo(service: string): Promise<IDemoState> {
    return this._json(path(service, 'demo'), { method: 'POST', body: '{}' });
  }

  account(): Promise<IAccount> {
    return this._json('account');
  }

  signIn(name: string, password: string): Promise<IAccount> {
    return this._json('account', {
      method: 'POST',
      body: JSON.stringify({ name, password })
    });
  }

  signOut(): Promise<IAccount> {
    return this._json('account', { method: 'DELETE' });
  }

  async myTables(): Promise<IMyTable[]> {
    const answer = await this._json<{ tables: IMyTable[] }>('mydb');
    return answer.tables;
  }

  async changeTable(
    name: string,
    action: TableAction,
    value: string
  ): Promise<void> {
    await this._request(path('mydb', name), {
      method: 'POST',
      body: JSON.stringify({ action, value })
    });
  }

  async dropTable(name: string): Promise<void> {
    await this._request(path('mydb', name), { method: 'DELETE' });
  }

  folder(folder: string, after = ''): Promise<IStorageFolder> {
    return this._json(
      storage('nodes', folder) + parameters({ limit: PAGE, after })
    );
  }

  setPublic(node: string, isPublic: boolean): Promise<IStorageNode> {
    return this._json(storage('nodes', node), {
      method: 'POST',
      body: JSON.stringify({ public: isPublic })
    });
  }

  async upload(target: string, file: Blob, options: ISend): Promise<void> {
    const replace = parameters({ replace: options.replace ? 1 : 0 });
    const url = this._url(storage('files', target) + replace);
    const answer = await send(url, file, options, this._settings);
    if (!answer.ok) {
      throw await errorOf(answer);
    }
  }

  downloadUrl(file: string): string {
    const xsrf = /\b_xsrf=([^;]*)/.exec(document.cookie)?.[1];
    return this._url(storage('files', file) + parameters({ _xsrf: xsrf }));
  }

  startTransfer(
    source: string,
    target: string,
    replace: boolean
  ): Promise<ITransfer> {
    return this._json('storage/transfers', {
      method: 'POST',
      body: JSON.stringify({ source, target, replace })
    });
  }

  transfer(id: string): Promise<ITransfer> {
    return this._json(path('storage', 'transfers', id));
  }

  cancelTransfer(id: string): Promise<ITransfer> {
    return this._json(path('storage', 'transfers', id), { method: 'DELETE' });
  }

  private async _json<T>(route: string, init: RequestInit = {}): Promise<T> {
    const response = await this._request(route, init);
    return response.json();
  }

  private async _request(
    route: string,
    init: RequestInit = {}
  ): Promise<Response> {
    const url = this._url(route);
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

  private _url(route: string): string {
    return URLExt.join(
      this._settings.baseUrl,
      'jupyterlab-datalab',
      'api',
      route
    );
  }
}

/** A route to a file or folder; the slashes of its path are those of the route. */
function storage(kind: 'nodes' | 'files', file: string): string {
  return `storage/${kind}/${file.split('/').map(encodeURIComponent).join('/')}`;
}

/** A route to a sky layer, or to a file of one. */
function hips(service: string, layer: string, ...file: string[]): string {
  return path(service, 'hips', ...layer.split('/'), ...file);
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
  if (error?.kind) {
    return new ApiError('service', error.message, error.hint, error.kind);
  }
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

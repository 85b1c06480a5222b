import type { ServerConnection } from '@jupyterlab/services';
import { Drive } from '@jupyterlab/services';
import type { IStorageApi } from '../api';
import { DRIVE } from './paths';

/** The virtual storage as JupyterLab's documents see it. */
export class VosDrive extends Drive {
  constructor(
    private _api: Pick<IStorageApi, 'downloadUrl'>,
    serverSettings: ServerConnection.ISettings
  ) {
    super({
      name: DRIVE,
      apiEndpoint: 'jupyterlab-datalab/api/vos',
      serverSettings
    });
  }

  /** Jupyter's own way to a file would read the whole of it into memory. */
  async getDownloadUrl(localPath: string): Promise<string> {
    return this._api.downloadUrl(localPath);
  }
}

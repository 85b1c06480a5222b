import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { ApiError, IDataLabApi, IService } from './api';
import { asApiError } from './api';
import type { Account } from './account/account';
import type { ICatalogueState } from './catalogue/catalogue';
import { Catalogue } from './catalogue/catalogue';
import { Connection } from './catalogue/connection';
import { Demo } from './catalogue/demo';
import { Preview } from './catalogue/preview';
import { Statistics } from './catalogue/statistics';
import { Footprints } from './sky/footprints';
import type { Copies } from './storage/copies';
import type { Storage } from './storage/storage';

/** What the panel shows of a Data Lab. */
export type View = 'catalogues' | 'storage';

/** What a reload of the page keeps. */
export interface IPanelState {
  service: string;
  view?: View;
  catalogue: ICatalogueState;
}

/** What a user has of their own at a Data Lab. */
export interface IOwn {
  account: Account;
  storage: Storage;
  copies: Copies;
}

/** Everything the panel knows of one service. */
export interface ISession {
  service: IService;
  connection: Connection;
  catalogue: Catalogue;
  demo: Demo;
  preview: Preview;
  footprints: Footprints;
  statistics: Statistics;
  /** Null for a service that is no Data Lab. */
  own: IOwn | null;
}

/**
 * The Data Lab as the panel shows it: the services, and the one that is chosen.
 */
export class DataLabModel {
  /**
   * @param makeOwn Makes what a user has at a Data Lab; told whether the panel
   * can be seen.
   */
  constructor(
    private _api: IDataLabApi,
    private _makeOwn: ((visible: () => boolean) => IOwn) | null = null
  ) {}

  /** Emitted when something a user can see has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The services of the server extension, empty until they are known. */
  get services(): IService[] {
    return this._services;
  }

  /** Why the services could not be read. */
  get error(): ApiError | null {
    return this._error;
  }

  /** The chosen service, null until the services are known. */
  get session(): ISession | null {
    return this._session;
  }

  /** Whether the panel can be seen. Nothing is asked before it once was. */
  get visible(): boolean {
    return this._visible;
  }
  set visible(visible: boolean) {
    this._visible = visible;
    if (visible && !this._services.length) {
      void this.load();
    } else if (visible) {
      this._session?.connection.look();
    }
  }

  /** What is shown of a Data Lab. */
  get view(): View {
    return this._session?.own?.account.exists ? this._view : 'catalogues';
  }
  set view(view: View) {
    this._view = view;
    if (view === 'storage') {
      this._openStorage();
    }
    this._changed.emit();
  }

  /** Take up what an earlier visit left; only before the panel is shown. */
  restore(state: Promise<IPanelState | null>): void {
    this._restored = state;
  }

  toState(): IPanelState | null {
    return (
      this._session && {
        service: this._session.service.name,
        view: this._view,
        catalogue: this._session.catalogue.toState()
      }
    );
  }

  /** Read which services there are and choose the last used, or the first. */
  load(): Promise<void> {
    this._loading ??= this._load().finally(() => (this._loading = null));
    return this._loading;
  }

  /** Show another service. */
  choose(name: string): void {
    const service = this._services.find(other => other.name === name);
    if (!service || this._session?.service === service) {
      return;
    }
    this._close();
    this._open(service);
  }

  /** Read everything in sight again. */
  async refresh(): Promise<void> {
    if (!this._session) {
      return this.load();
    }
    const { catalogue, connection, footprints, statistics } = this._session;
    connection.look();
    footprints.clear();
    statistics.clear();
    await catalogue.refresh();
  }

  dispose(): void {
    this._close();
    Signal.clearData(this);
  }

  private async _load(): Promise<void> {
    try {
      this._services = await this._api.services();
      this._error = null;
    } catch (reason) {
      this._error = asApiError(reason);
      this._changed.emit();
      return;
    }
    const restored = await this._restored;
    this._view = restored?.view ?? this._view;
    const last = this._services.find(({ name }) => name === restored?.service);
    const service = last ?? this._services[0];
    if (service) {
      this._open(service, last && restored?.catalogue);
    }
  }

  private _open(service: IService, state?: ICatalogueState): void {
    const visible = () => this._visible;
    const own =
      service.kind === 'datalab' ? (this._makeOwn?.(visible) ?? null) : null;
    const session: ISession = {
      service,
      connection: new Connection(this._api, service.name, visible),
      catalogue: new Catalogue(
        this._api,
        service.name,
        state,
        () => own?.account.isKnown ?? false
      ),
      demo: new Demo(this._api, service.name, visible),
      preview: new Preview(this._api, service.name),
      footprints: new Footprints(this._api, service.name),
      statistics: new Statistics(this._api, service.name),
      own
    };
    this._session = session;
    this._read = '';
    session.connection.changed.connect(() => this._onConnection(session));
    for (const part of [
      session.catalogue,
      session.demo,
      session.preview,
      session.footprints,
      session.statistics,
      ...(own ? [own.account, own.storage, own.copies.tasks] : [])
    ]) {
      (part.changed as ISignal<unknown, void>).connect(() =>
        this._changed.emit()
      );
    }
    session.demo.tablesArrived.connect(() => void session.catalogue.refresh());
    own?.account.tablesChanged.connect(() => void session.catalogue.refresh());
    own?.account.userChanged.connect(() => {
      own.storage.reset();
      void session.catalogue.refresh();
      this._openStorage();
    });
    session.connection.look();
    this._changed.emit();
  }

  /** Read the catalogue when a service gets ready, and when its tables are others. */
  private _onConnection(session: ISession): void {
    const { connection, catalogue, demo, own } = session;
    this._changed.emit();
    if (connection.state !== 'ready') {
      this._read = '';
    } else if (this._read !== connection.edition) {
      this._read = connection.edition;
      void catalogue.refresh();
      own?.account.look();
      if (connection.has('demo')) {
        void demo.look();
      }
      if (own?.storage.error) {
        void own.storage.refresh();
      }
    }
  }

  /** Read the storage once it is to be seen. */
  private _openStorage(): void {
    const own = this._session?.own;
    const isSeen = this._view === 'storage' && own?.account.isKnown;
    if (isSeen && own.storage.nodes === null && !own.storage.loading) {
      void own.storage.refresh();
    }
  }

  private _close(): void {
    this._session?.connection.dispose();
    this._session?.catalogue.dispose();
    this._session?.demo.dispose();
    this._session?.preview.dispose();
    this._session?.footprints.dispose();
    this._session?.statistics.dispose();
    this._session?.own?.account.dispose();
    this._session?.own?.storage.dispose();
    this._session?.own?.copies.tasks.dispose();
    this._session = null;
  }

  private _changed = new Signal<this, void>(this);
  private _error: ApiError | null = null;
  private _loading: Promise<void> | null = null;
  /** The edition of the service whose catalogue was last read. */
  private _read = '';
  private _restored: Promise<IPanelState | null> = Promise.resolve(null);
  private _services: IService[] = [];
  private _session: ISession | null = null;
  private _view: View = 'catalogues';
  private _visible = false;
}

import type {
  IAccount,
  IDataLabApi,
  IDemoState,
  IMyTable,
  IPage,
  IStatus,
  ITable,
  ITablesRequest
} from '../../api';
import { ApiError } from '../../api';

const column = (name: string) => ({
  name,
  datatype: 'DOUBLE',
  arraysize: '',
  unit: 'deg',
  ucd: '',
  utype: '',
  description: '',
  principal: true,
  indexed: false
});

/** A server extension in memory, which remembers what it was asked. */
export class FakeApi implements IDataLabApi {
  asked: string[] = [];
  /** The requests that fail, by the beginning of what `asked` says. */
  broken = new Map<string, ApiError>();
  catalogues: Record<string, string[]> = {
    gaia_dr3: ['gaia_source_g10'],
    sim_ls: ['tractor', 'truth']
  };
  demoState: IDemoState = {
    state: 'absent',
    progress: 0,
    message: '',
    tables: [],
    error: null
  };
  who: IAccount = {
    state: 'owner',
    name: 'owner',
    groups: [],
    expires: null,
    last_name: '',
    storage: { used_bytes: 0, quota_bytes: null },
    mydb: { used_bytes: 0, quota_bytes: null }
  };
  own: IMyTable[] = [];
  state: IStatus = {
    state: 'ready',
    message: '',
    features: ['density', 'demo'],
    schemas: 2,
    tables: 3,
    restarts: 0
  };

  async services() {
    this._ask('services');
    return [
      { name: 'datalab', title: 'Data Lab', kind: 'datalab' as const },
      { name: 'vizier', title: 'VizieR', kind: 'tap' as const }
    ];
  }

  async status(service: string) {
    this._ask(`${service} status`);
    return { ...this.state };
  }

  async schemas(service: string) {
    this._ask(`${service} schemas`);
    return Object.entries(this.catalogues).map(([name, tables]) => ({
      name,
      description: '',
      tables: tables.length
    }));
  }

  async tables(
    service: string,
    { schema, search = '', offset, limit }: ITablesRequest,
    signal?: AbortSignal
  ): Promise<IPage> {
    this._ask(`${service} tables ${schema ?? `search=${search}`} ${offset}`);
    await new Promise(resolve => setTimeout(resolve, 5));
    if (signal?.aborted) {
      throw new Error('aborted');
    }
    const found = Object.keys(this.catalogues)
      .filter(name => schema === undefined || name === schema)
      .flatMap(name => this.catalogues[name].map(t => this._summary(name, t)))
      .filter(table => table.name.includes(search));
    return {
      total: found.length,
      tables: found.slice(offset, offset + limit)
    };
  }

  async table(service: string, fullName: string): Promise<ITable> {
    this._ask(`${service} table ${fullName}`);
    const [schema, name] = fullName.split('.');
    return {
      ...this._summary(schema, name),
      credit: '',
      columns: ['ra', 'dec'].map(column)
    };
  }

  async query(service: string, query: string) {
    this._ask(`${service} query ${query}`);
    return { columns: [column('ra')], rows: [[1.5]], overflow: false };
  }

  async density(service: string, fullName: string) {
    this._ask(`${service} density ${fullName}`);
    return {
      width: 2,
      height: 1,
      counts: new Uint32Array([1, 2]),
      total: 3,
      cellArea: 1
    };
  }

  async statistics(service: string, fullName: string) {
    this._ask(`${service} statistics ${fullName}`);
    const ra = { count: 9, nulls: 1, nans: 0, min: 0, max: 359.5 };
    return { table: fullName, rows: 10, columns: { ra } };
  }

  async demo(service: string) {
    this._ask(`${service} demo`);
    return this.demoState;
  }

  async startDemo(service: string) {
    this._ask(`${service} demo start`);
    return (this.demoState = { ...this.demoState, state: 'running' });
  }

  async account() {
    this._ask('account');
    return this.who;
  }

  async signIn(name: string, password: string) {
    this._ask(`sign in ${name}`);
    if (password !== 'right') {
      throw new ApiError('service', 'Wrong.', '', 'password');
    }
    return (this.who = { ...this.who, state: 'signed-in', name });
  }

  async signOut() {
    this._ask('sign out');
    const { name } = this.who;
    return (this.who = { ...this.who, state: 'anonymous', last_name: name });
  }

  async myTables() {
    this._ask('mydb');
    return this.own;
  }

  async changeTable(name: string, action: string, value: string) {
    this._ask(`${action} ${name} ${value}`);
  }

  async dropTable(name: string) {
    this._ask(`drop ${name}`);
  }

  private _ask(request: string): void {
    this.asked.push(request);
    for (const [start, error] of this.broken) {
      if (request.startsWith(start)) {
        throw error;
      }
    }
  }

  private _summary(schema: string, name: string) {
    return {
      schema,
      name,
      description: '',
      rows: 10,
      simulated: schema.startsWith('sim_')
    };
  }
}

/** Let all that is under way finish. */
export async function settle(): Promise<void> {
  await new Promise(resolve => setTimeout(resolve, 60));
}

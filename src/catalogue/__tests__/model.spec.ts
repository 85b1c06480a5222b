import { ApiError } from '../../api';
import { DataLabModel } from '../../model';
import { FakeApi, settle } from './fake';

describe('the panel', () => {
  let api: FakeApi;
  let model: DataLabModel;

  beforeEach(() => {
    api = new FakeApi();
    model = new DataLabModel(api);
  });

  afterEach(() => model.dispose());

  const show = async () => {
    model.visible = true;
    await settle();
  };

  it('asks nothing before it is shown', async () => {
    await settle();
    expect(api.asked).toEqual([]);
    await show();
    expect(api.asked).toContain('datalab schemas');
  });

  it('reads the catalogue when the Data Lab has started', async () => {
    api.state = { ...api.state, state: 'starting' };
    await show();
    expect(model.session?.connection.state).toBe('starting');
    expect(api.asked).not.toContain('datalab schemas');
    api.state = { ...api.state, state: 'ready' };
    model.session?.connection.look();
    await settle();
    expect(model.session?.catalogue.schemas).toHaveLength(2);
  });

  it('keeps what it knows while the Data Lab is down, and reads it anew after', async () => {
    await show();
    const { connection, catalogue } = model.session!;
    api.state = { ...api.state, state: 'down', message: 'It was killed.' };
    connection.look();
    await settle();
    expect(connection.state).toBe('down');
    expect(connection.message).toBe('It was killed.');
    expect(catalogue.schemas).toHaveLength(2);
    api.catalogues.new_one = ['t'];
    api.state = { ...api.state, state: 'ready', message: '', restarts: 1 };
    connection.look();
    await settle();
    expect(catalogue.schemas).toHaveLength(3);
  });

  it('says that the Data Lab was down even when it came back between two looks', async () => {
    await show();
    const { connection } = model.session!;
    api.state = { ...api.state, restarts: 1 };
    connection.look();
    await settle();
    expect(connection.state).toBe('down');
    expect(connection.message).toBe('It stopped, and was started again.');
    connection.look();
    await settle();
    expect(connection.state).toBe('ready');
  });

  it('shows tables that somebody else has made meanwhile', async () => {
    api.catalogues = {};
    await show();
    const { connection, catalogue, demo } = model.session!;
    expect(catalogue.schemas).toHaveLength(0);
    api.catalogues = { gaia_dr3: ['gaia_source_g10'] };
    api.demoState = { ...api.demoState, state: 'running' };
    api.state = { ...api.state, schemas: 1, tables: 1 };
    connection.look();
    await settle();
    expect(catalogue.schemas).toHaveLength(1);
    expect(demo.running).toBe(true);
  });

  it('draws the sky of a table anew after a refresh', async () => {
    await show();
    const { footprints } = model.session!;
    footprints.of('gaia_dr3.gaia_source_g10');
    await settle();
    await model.refresh();
    api.asked = [];
    footprints.of('gaia_dr3.gaia_source_g10');
    expect(api.asked).toEqual(['datalab density gaia_dr3.gaia_source_g10']);
  });

  it.each(['missing', 'signed-out', 'offline'] as const)(
    'tells when Jupyter is %s',
    async kind => {
      api.broken.set('services', new ApiError(kind, ''));
      await show();
      expect(model.error?.kind).toBe(kind);
      expect(model.session).toBeNull();
      api.broken.clear();
      await model.load();
      expect(model.session).not.toBeNull();
    }
  );

  it('switches to another service and forgets the first', async () => {
    await show();
    api.asked = [];
    model.choose('vizier');
    await settle();
    expect(model.session?.catalogue.service).toBe('vizier');
    expect(api.asked.every(request => request.startsWith('vizier'))).toBe(true);
  });

  it('takes up the last visit', async () => {
    await show();
    model.choose('vizier');
    const state = model.toState();
    const again = new DataLabModel(api);
    again.restore(Promise.resolve(state));
    again.visible = true;
    await settle();
    expect(again.session?.service.name).toBe('vizier');
    again.dispose();
  });

  it('fills the tree while the demo sky is made', async () => {
    api.catalogues = {};
    await show();
    const { catalogue, demo } = model.session!;
    expect(demo.state?.state).toBe('absent');
    await demo.start();
    expect(demo.running).toBe(true);
    api.catalogues = { gaia_dr3: ['gaia_source_g10'] };
    api.demoState = {
      ...api.demoState,
      progress: 0.2,
      tables: ['gaia_dr3.gaia_source_g10']
    };
    await demo.look();
    await settle();
    expect(catalogue.schemas).toHaveLength(1);
  });

  it('shows the first rows of the table that was asked for last', async () => {
    await show();
    const { catalogue, preview } = model.session!;
    const gaia = await catalogue.ask({
      schema: 'gaia_dr3',
      table: 'gaia_source_g10'
    });
    const truth = await catalogue.ask({ schema: 'sim_ls', table: 'truth' });
    await Promise.all([preview.show(gaia!), preview.show(truth!)]);
    expect(preview.table).toBe('sim_ls.truth');
    expect(preview.result?.rows).toEqual([[1.5]]);
  });
});

import type { ISkyState } from '../model';
import { SkyModel } from '../model';
import { skyCode } from '../snippet';
import { FakeSky, properties } from './fake';

let api: FakeSky;
let models: SkyModel[];

const TABLE = { service: 'datalab', table: 'small.stars' };

async function open(state: ISkyState = TABLE): Promise<SkyModel> {
  const model = new SkyModel(api, state, () => true);
  models.push(model);
  await model.load();
  return model;
}

beforeEach(() => {
  api = new FakeSky();
  models = [];
});

afterEach(() => models.forEach(model => model.dispose()));

describe('a table on the sky', () => {
  it('is asked for once the service is ready, and not before', async () => {
    const model = new SkyModel(api, TABLE, () => true);
    models.push(model);
    expect(api.asked).toEqual([]);
    const known = new Promise<void>(resolve =>
      model.changed.connect(() => model.choices.length && resolve())
    );
    model.connection.look();
    await known;
    expect(model.table?.name).toBe('stars');
  });

  it('begins where its rows are', async () => {
    const { view, layers } = await open();
    expect(view).toEqual({ center: [120.5, -10.25], fov_deg: 30 });
    expect(layers).toEqual([{ path: 'density/small.stars', opacity: 1 }]);
  });

  it('is not drawn before its layer is known to work', async () => {
    api.surveys['density/small.stars'] = 'obs_title = Nothing more';
    const model = await open();
    expect(model.error?.message).toContain('does not say what its tiles are');
    expect(model.view).toBeNull();
  });

  it('says why it cannot be shown, and is shown when that is over', async () => {
    delete api.surveys['density/small.stars'];
    const model = await open();
    expect(model.error?.message).toBe('There is no density/small.stars.');
    api.surveys['density/small.stars'] = properties('It is back');
    await model.load();
    expect(model.error).toBeNull();
    expect(model.survey('density/small.stars')?.title).toBe('It is back');
  });

  it('is the same after a reload of the page', async () => {
    const model = await open();
    await model.addLayer('images/deep/g');
    model.setOpacity('images/deep/g', 0.4);
    model.moveTo({ center: [10, 20], fov_deg: 1.5 });
    model.frame = 'galactic';
    const again = await open(JSON.parse(JSON.stringify(model.toState())));
    expect(again.toState()).toEqual(model.toState());
    expect(again.layers[1]).toEqual({ path: 'images/deep/g', opacity: 0.4 });
  });

  it('is shown after a reload without a layer that is gone', async () => {
    const model = await open({
      ...TABLE,
      layers: [
        { path: 'density/small.stars', opacity: 1 },
        { path: 'density/mydb.dropped', opacity: 0.5 }
      ]
    });
    expect(model.error).toBeNull();
    expect(model.layers).toHaveLength(1);
  });
});

describe('the layers', () => {
  it('lie one over another, and the lowest one stays', async () => {
    const model = await open();
    await model.addLayer('images/deep/g');
    await model.addLayer('images/deep/g');
    expect(model.layers.map(({ path }) => path)).toEqual([
      'density/small.stars',
      'images/deep/g'
    ]);
    model.removeLayer('density/small.stars');
    expect(model.layers).toHaveLength(2);
    model.removeLayer('images/deep/g');
    expect(model.layers).toHaveLength(1);
  });

  it('tell whose they are, and whether they are made up', async () => {
    const model = await open();
    expect([model.credits, model.simulated]).toEqual([
      ['Thanks to the stars.'],
      false
    ]);
    await model.addLayer('images/deep/g');
    expect([model.credits, model.simulated]).toEqual([
      ['Thanks to the stars.', 'Thanks to nobody.'],
      true
    ]);
  });

  it('that cannot be read are not laid over the others', async () => {
    const model = await open();
    await model.addLayer('images/none');
    expect(model.problem?.message).toBe('There is no images/none.');
    expect(model.layers).toHaveLength(1);
  });
});

describe('looking for a place', () => {
  it('asks the Data Lab for names, and for nothing else', async () => {
    const model = await open();
    await model.find('m 31');
    expect(model.view).toEqual({ center: [10.68, 41.27], fov_deg: 2 });
    expect(model.found).toBe('NGC0224');
    await model.find('83.8 -5.4');
    expect(model.view?.center).toEqual([83.8, -5.4]);
    expect(api.asked.filter(asked => asked.startsWith('object'))).toEqual([
      'object m 31'
    ]);
  });

  it('keeps a closer view than it would choose', async () => {
    const model = await open();
    model.moved({ center: [0, 0], fov_deg: 0.1 });
    await model.find('m 31');
    expect(model.view?.fov_deg).toBe(0.1);
  });

  it('stays where it is when there is no such object', async () => {
    const model = await open();
    const before = model.view;
    await model.find('Atlantis');
    expect(model.problem?.message).toContain('Atlantis');
    expect(model.view).toBe(before);
  });
});

describe('the rows around a click', () => {
  it('are the nearest, with exact ids and their distances', async () => {
    const model = await open();
    await model.showNearby([120.5, -10.25], 0.001);
    const { result, places, radius_deg } = model.nearby!;
    expect(radius_deg).toBeCloseTo(0.006);
    expect(result?.columns.map(({ name }) => name)).toEqual(
      'distance id ra dec mag'.split(' ')
    );
    expect(result?.rows).toEqual([
      [1.8, '9007199254740993', 120.5, -10.25, 7.5]
    ]);
    expect(places).toEqual([[120.5, -10.2505]]);
  });

  it('say that there are more than are shown', async () => {
    api.found = Array(11).fill(api.found[0]);
    const model = await open();
    await model.showNearby([120.5, -10.25], 0.001);
    expect(model.nearby?.result?.rows).toHaveLength(10);
    expect(model.nearby?.result?.overflow).toBe(true);
  });

  it('are those of the last click', async () => {
    const model = await open();
    await Promise.all([
      model.showNearby([1, 2], 0.001),
      model.showNearby([3, 4], 0.001)
    ]);
    expect(model.nearby?.center).toEqual([3, 4]);
    expect(model.nearby?.result).not.toBeNull();
  });
});

describe('the view as code', () => {
  it('shows the same place in a notebook', async () => {
    const model = await open();
    model.moved({ center: [56.868999, -24.105], fov_deg: 1.99999 });
    expect(skyCode(model)).toBe(
      'import datalab_toolkit as dl\n\n' +
        'dl.sky((56.86900, -24.10500), fov_deg=2, survey="small.stars")'
    );
  });

  it('has the layers, the frame and the service', async () => {
    const model = await open({
      service: 'else"where',
      table: 'small.stars',
      frame: 'galactic'
    });
    await model.addLayer('images/deep/g');
    expect(skyCode(model).split('\n').slice(2)).toEqual([
      'sky = dl.sky((120.50000, -10.25000), fov_deg=30, survey="small.stars", service="else\\"where", frame="galactic")',
      'sky.add_survey("deep/g", service="else\\"where")',
      'sky'
    ]);
  });
});

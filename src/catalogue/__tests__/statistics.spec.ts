import { ApiError } from '../../api';
import { Statistics } from '../statistics';
import { FakeApi, settle } from './fake';

describe('the statistics of a table', () => {
  let api: FakeApi;
  let statistics: Statistics;

  beforeEach(() => {
    api = new FakeApi();
    statistics = new Statistics(api, 'datalab');
  });

  it('are asked for once, when somebody looks', async () => {
    expect(api.asked).toEqual([]);
    expect(statistics.of('sim_ls.truth')).toBeNull();
    await settle();
    expect(statistics.of('sim_ls.truth')?.columns.ra.nulls).toBe(1);
    expect(api.asked).toEqual(['datalab statistics sim_ls.truth']);
  });

  it('are simply not there when the service has none', async () => {
    api.broken.set('datalab statistics', new ApiError('service', 'None.'));
    statistics.of('sim_ls.truth');
    await settle();
    expect(statistics.of('sim_ls.truth')).toBeNull();
    expect(api.asked).toHaveLength(1);
  });

  it('are read anew after a refresh', async () => {
    statistics.of('sim_ls.truth');
    await settle();
    statistics.clear();
    statistics.of('sim_ls.truth');
    expect(api.asked).toHaveLength(2);
  });
});

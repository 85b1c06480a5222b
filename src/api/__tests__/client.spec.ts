import { ServerConnection } from '@jupyterlab/services';
import { DataLabApi } from '..';

/** A server that gives one answer and tells what it was asked. */
function serverThatAnswers(
  status: number,
  body: BodyInit | null,
  headers: HeadersInit = {}
) {
  const asked: Request[] = [];
  const api = new DataLabApi(
    ServerConnection.makeSettings({
      baseUrl: 'http://hub/user/anna%40x/',
      fetch: async request => {
        asked.push(request as Request);
        return new Response(body, { status, headers });
      }
    })
  );
  return { api, asked };
}

const failure = (status: number, body: string) =>
  serverThatAnswers(status, body)
    .api.services()
    .then(() => null)
    .catch(reason => reason);

it('asks under the base URL, with names of any characters', async () => {
  const { api, asked } = serverThatAnswers(200, '{}');
  await api.table('vizier', 'vizls.II/246 out');
  const { pathname } = new URL(asked[0].url);
  expect(pathname).toBe(
    '/user/anna%40x/jupyterlab-datalab/api/vizier/tables/vizls.II%2F246%20out'
  );
});

it('reads a density map with what it is a map of', async () => {
  const { api } = serverThatAnswers(200, new Uint32Array([7, 8]).buffer, {
    'Datalab-Density': '{"total": 15, "cell_area_deg2": 0.5}'
  });
  const view = { frame: 'icrs' as const, width: 2, height: 1 };
  const density = await api.density('datalab', 'a.b', view);
  expect([...density.counts]).toEqual([7, 8]);
  expect(density).toMatchObject({ total: 15, cellArea: 0.5 });
});

it("gives the service's own words for its errors", async () => {
  const error = await failure(
    400,
    '{"error": {"message": "No column raa.", "hint": "Did you mean ra?"}}'
  );
  expect(error).toMatchObject({
    kind: 'service',
    message: 'No column raa.',
    hint: 'Did you mean ra?'
  });
});

it('tells an unknown table from a missing server extension', async () => {
  const unknown = '{"error": {"message": "There is no table a.b."}}';
  expect(await failure(404, unknown)).toMatchObject({ kind: 'service' });
  expect(await failure(404, '<html>')).toMatchObject({ kind: 'missing' });
});

it.each([401, 403])('takes %i for being signed out', async status => {
  expect(await failure(status, '')).toMatchObject({ kind: 'signed-out' });
});

it('tells when Jupyter does not answer', async () => {
  const api = new DataLabApi(
    ServerConnection.makeSettings({
      baseUrl: 'http://hub/',
      fetch: () => Promise.reject(new TypeError('Failed to fetch'))
    })
  );
  await expect(api.services()).rejects.toMatchObject({ kind: 'offline' });
});

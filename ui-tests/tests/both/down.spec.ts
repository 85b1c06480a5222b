import { readdirSync, readFileSync } from 'fs';
import { join } from 'path';
import { SERVER } from '../../servers';
import { expect, test } from '../fixtures';

/** The process of the Data Lab that a Jupyter server has started. */
function backendPid(state: string): number {
  const runtime = join(state, 'runtime');
  const name = readdirSync(runtime).find(file => /^datalab-.*\.json$/.test(file));
  return JSON.parse(readFileSync(join(runtime, name!), 'utf8')).pid;
}

test('a killed Data Lab is said to be down, and comes back by itself', async ({
  datalab
}) => {
  await datalab.open();
  await datalab.showTables();
  await expect(datalab.state).toHaveText('Ready');
  const pid = backendPid(SERVER.state);
  const lastKnown = datalab.lastKnown('gaia_source_g10');
  process.kill(pid, 'SIGKILL');
  await lastKnown;
  await expect(datalab.state).toHaveText('Ready', { timeout: 90_000 });
  await expect(datalab.panel).not.toContainText('the last one known');
  expect(backendPid(SERVER.state)).not.toBe(pid);
});

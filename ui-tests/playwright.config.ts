import { defineConfig } from '@playwright/test';
import { existsSync } from 'fs';
import { join } from 'path';
import type { IOptions } from './tests/fixtures';
import {
  ACCOUNT_SERVER,
  EMPTY_SERVER,
  REUSED,
  SERVER,
  TAP_PORT,
  USER
} from './servers';

const repository = join(__dirname, '..');
const venv = join(repository, '.venv', 'bin', 'python');
const python = existsSync(venv) ? venv : 'python3';
const services = JSON.stringify({
  observatory: `http://127.0.0.1:${TAP_PORT}/tap`
});

export default defineConfig<IOptions>({
  testDir: './tests',
  // One at a time: some tests stop the Data Lab that they all share.
  workers: 1,
  // Long enough for the slowest machine: what comes is never waited for so long.
  timeout: 300_000,
  // On a busy machine a browser may be late; what needed a second try is told as flaky.
  retries: process.env.CI ? 1 : 0,
  expect: { timeout: 45_000 },
  reporter: [['list']],
  use: {
    baseURL: SERVER.url,
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-dev-shm-usage',
        '--disable-lcd-text',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync'
      ]
    },
    locale: 'en-US',
    trace: 'retain-on-failure',
    video: 'off',
    viewport: { width: 1280, height: 800 }
  },
  projects: [
    { name: 'lab', testMatch: ['both/*.spec.ts', 'lab/*.spec.ts'] },
    {
      name: 'notebook',
      testMatch: 'both/*.spec.ts',
      use: { application: 'notebook' }
    },
    { name: 'pictures', testMatch: 'pictures/*.spec.ts' },
    {
      name: 'bench',
      testMatch: 'bench/*.spec.ts',
      // Its pictures of the page take time of what is measured.
      use: { trace: 'off' }
    }
  ],
  webServer: [
    {
      command: `exec ${python} serve.py --port ${SERVER.port} --state ${SERVER.state} --rows 100000 --service '${services}'`,
      url: `${SERVER.url}/api/status`,
      reuseExistingServer: REUSED,
      gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
      timeout: 600_000
    },
    {
      command: `exec ${python} serve.py --port ${EMPTY_SERVER.port} --state ${EMPTY_SERVER.state}`,
      url: `${EMPTY_SERVER.url}/api/status`,
      reuseExistingServer: REUSED,
      gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
      timeout: 180_000
    },
    {
      command: `exec ${python} serve.py --port ${ACCOUNT_SERVER.port} --state ${ACCOUNT_SERVER.state} --account '${USER.name}:${USER.password}:${USER.quota}'`,
      url: `${ACCOUNT_SERVER.url}/api/status`,
      reuseExistingServer: REUSED,
      gracefulShutdown: { signal: 'SIGTERM', timeout: 10_000 },
      timeout: 180_000
    },
    {
      command: `exec ${python} ../tests/tap_only_service.py --port ${TAP_PORT} --tables 2000`,
      url: `http://127.0.0.1:${TAP_PORT}/tap/capabilities`,
      reuseExistingServer: REUSED,
      timeout: 180_000
    }
  ]
});

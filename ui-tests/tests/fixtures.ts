import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import { test as base } from '@jupyterlab/galata';
import type { Page } from '@playwright/test';
import { DataLab } from './datalab';

export { expect } from '@jupyterlab/galata';

/** What a project of the tests chooses. */
export interface IOptions {
  /** Which application the test runs in. */
  application: 'lab' | 'notebook';
}

/** Schemes and hosts that stay on this machine. */
const LOCAL = /^(data:|blob:|about:|(http|ws)s?:\/\/(127\.0\.0\.1|localhost)[:/])/;

/** The requests of a page that leave the machine, as they come. */
export function strangers(page: Page): string[] {
  const found: string[] = [];
  const watch = (url: string) => LOCAL.test(url) || found.push(url);
  page.on('request', request => watch(request.url()));
  page.on('websocket', socket => watch(socket.url()));
  return found;
}

/** Have a page that is opened, or opened again, wait for the application as long as a test may. */
function waitPatiently(page: object): void {
  // Galata waits a quarter of a minute, in which a busy machine does not start JupyterLab.
  const own = page as Page & { waitForAppStarted: () => Promise<void> };
  own.waitForAppStarted = async () => {
    await own.waitForFunction('window.jupyterapp?.started');
    await own.evaluate('window.jupyterapp.started');
  };
}

/** Tests with the Data Lab panel. Any request that leaves the machine fails. */
export const test = base.extend<IOptions & { datalab: DataLab }>({
  application: ['lab', { option: true }],
  autoGoto: false,
  waitForApplication: async ({ application }, use) => {
    await use(async (page: Page) => {
      await page.waitForFunction('window.jupyterapp?.restored');
      await page.evaluate('window.jupyterapp.restored');
      if (application === 'lab') {
        await page.locator('#jupyterlab-splash').waitFor({ state: 'detached' });
      }
    });
  },
  datalab: async ({ page, application }, use) => {
    const left = strangers(page as Page);
    waitPatiently(page);
    await use(new DataLab(page as IJupyterLabPageFixture, application));
    base.expect(left, 'requests that left the machine').toEqual([]);
  }
});

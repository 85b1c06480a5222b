import type { Locator, Route } from '@playwright/test';
import { execFileSync } from 'child_process';
import { join } from 'path';
import type { DataLab } from '../datalab';
import { expect, test } from '../fixtures';

// Drawn large by a processor without graphics.
test.describe.configure({ timeout: 90_000 });

const IMAGES = join(__dirname, '..', '..', '..', 'docs', 'images');

test.use({ viewport: { width: 1040, height: 640 } });

/** A noisy sky in all its colours would be ten times as large. */
const SMALLER = `
import sys
from PIL import Image
path = sys.argv[1]
picture = Image.open(path).convert("RGB")
picture.quantize(200, dither=Image.Dither.NONE).save(path, optimize=True)`;

const tab = ({ page }: DataLab): Locator => page.locator('.jp-DataLab-skyTab');

const stage = (datalab: DataLab): Locator =>
  tab(datalab).locator('.jp-DataLab-skyStage');

/** Show a table on the sky, with the side area out of the way. */
async function show(datalab: DataLab, table: string): Promise<void> {
  await datalab.choose(datalab.row(table), 'Show on Sky');
  await expect(tab(datalab)).toBeVisible();
  await datalab.page.keyboard.press('Control+b');
  await expect(datalab.panel).toBeHidden();
}

async function shoot(datalab: DataLab, name: string): Promise<void> {
  await datalab.page.mouse.move(2, 2);
  await datalab.page.waitForTimeout(700);
  const path = join(IMAGES, `sky-tab-${name}.png`);
  await tab(datalab).screenshot({ path });
  execFileSync('python', ['-c', SMALLER, path]);
}

for (const look of ['Light', 'Dark']) {
  const name = look.toLowerCase();
  test.describe(name, () => {
    test.beforeEach(async ({ datalab }) => {
      await datalab.open();
      await datalab.showTables();
      await datalab.useTheme(look);
    });

    test(`an image over a density, and the rows of a click, ${name}`, async ({
      datalab
    }) => {
      const { page } = datalab;
      await show(datalab, 'object');
      await expect(stage(datalab)).toHaveAttribute('data-state', 'drawn');
      const layers = tab(datalab).getByRole('region', { name: 'Layers' });
      await layers
        .getByLabel('Add a layer')
        .selectOption('images/sim_smash/gri');
      await tab(datalab).getByLabel('Go to an object').fill('185.425 -31.985');
      await page.keyboard.press('Enter');
      await tab(datalab).getByRole('button', { name: 'Zoom in' }).click();
      await page.waitForTimeout(6000);
      const box = (await stage(datalab).boundingBox())!;
      const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
      const rows = tab(datalab).getByRole('region', { name: /^Rows of sim/ });
      // At this width there is not a row of the demo at every place.
      for (let i = 0; i < 20 && !(await rows.isVisible()); i++) {
        await page.mouse.click(x - 60 + 30 * (i % 5), y - 60 + 30 * Math.floor(i / 5));
        await page.waitForTimeout(1500);
      }
      await expect(rows).toBeVisible();
      await page.waitForTimeout(4000);
      await shoot(datalab, name);
    });
  });
}

test('what stands in the way of the sky', async ({ datalab }) => {
  const { page } = datalab;
  const held: Route[] = [];
  const file = '**/static/aladin.*.js';
  await page.setViewportSize({ width: 960, height: 420 });
  await page.route(file, route => void held.push(route));
  const now = await datalab.seemAway(
    'The Data Lab has stopped and is being started again.'
  );
  await datalab.open();
  await datalab.showTables();
  await show(datalab, 'gaia_source_g10');
  await expect(tab(datalab)).toContainText('Loading the sky');
  await shoot(datalab, 'loading');

  await held[0].abort();
  await expect(tab(datalab)).toContainText('is not there');
  await shoot(datalab, 'no-file');

  await page.unroute(file);
  await datalab.useTheme('Dark');
  await page.evaluate(() => {
    const { prototype } = HTMLCanvasElement as any;
    prototype.original = prototype.getContext;
    prototype.getContext = function (kind: string, ...more: any[]) {
      return kind === 'webgl2' ? null : this.original(kind, ...more);
    };
  });
  const retry = tab(datalab).getByRole('button', { name: 'Retry' });
  await retry.click();
  await expect(tab(datalab)).toContainText('This browser cannot draw');
  await shoot(datalab, 'no-webgl');

  await page.evaluate(() => {
    const { prototype } = HTMLCanvasElement as any;
    prototype.getContext = prototype.original;
  });
  await retry.click();
  await expect(stage(datalab)).toHaveAttribute('data-state', 'drawn');
  now.isAway = true;
  await expect(tab(datalab).getByRole('alert')).toContainText('has stopped');
  await shoot(datalab, 'down');
});

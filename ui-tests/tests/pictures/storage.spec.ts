import { join } from 'path';
import { ACCOUNT_SERVER, USER } from '../../servers';
import type { DataLab } from '../datalab';
import { expect, test } from '../fixtures';

const IMAGES = join(__dirname, '..', '..', '..', 'docs', 'images');

test.use({ deviceScaleFactor: 1.5, viewport: { width: 1240, height: 820 } });
test.describe.configure({ timeout: 180_000 });

const FILES = [
  ['finder.png', 72_000],
  ['hydra_candidates.csv', 41_300],
  ['light_curves.parquet', 812_000],
  ['mosaic_g.fits', 3_100_000],
  ['notes.md', 1_900],
  ['reduce.py', 6_200],
  ['stars.csv', 21_000]
] as const;

/** Folders that every storage has. */
const OWN_FOLDERS = ['public', 'tmp'];

/** The panel alone. */
async function shoot(
  { page, panel }: DataLab,
  name: string,
  height = 520
): Promise<void> {
  await page.mouse.move(900, 780);
  await page.waitForTimeout(700);
  const box = (await panel.boundingBox())!;
  await page.screenshot({
    path: join(IMAGES, `${name}.png`),
    clip: { ...box, height: Math.min(height, box.height) }
  });
}

async function widen({ page, panel }: DataLab, width: number): Promise<void> {
  const box = (await panel.boundingBox())!;
  await page.mouse.move(box.x + box.width + 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + width, box.y + box.height / 2, { steps: 4 });
  await page.mouse.up();
}

const file = (name: string, size: number) => ({
  name,
  content: 'x'.repeat(size)
});

/** Take away what other tests have left in the storage. */
async function emptyStorage({ page }: DataLab): Promise<void> {
  await page.evaluate(async kept => {
    const { contents } = (window as any).jupyterapp.serviceManager;
    const { content } = await contents.get('vos:');
    for (const { name, path } of content) {
      if (!kept.includes(name)) {
        await contents.delete(path);
      }
    }
  }, OWN_FOLDERS);
}

test('storage and tables of one’s own', async ({ datalab }) => {
  const { page, panel } = datalab;
  await datalab.openNotebook(
    [
      `import datalab_toolkit as dl

dl.query("""
SELECT TOP 500 source_id, ra, dec, phot_g_mean_mag
FROM gaia_dr3.gaia_source_g10
WHERE phot_g_mean_mag < 7
""", out="mydb://bright_stars", replace=True)`
    ],
    { name: 'own-tables' }
  );
  await datalab.showTables();
  await widen(datalab, 350);
  await datalab.run(0);
  await expect(datalab.row('bright_stars')).toBeVisible({ timeout: 60_000 });
  await datalab.row('bright_stars').click();
  await expect(datalab.details.getByRole('img')).toBeVisible();
  await shoot(datalab, 'panel-my-tables', 900);
  await emptyStorage(datalab);
  await datalab.showStorage();
  await datalab.upload(...FILES.map(([name, size]) => file(name, size)));
  await expect(datalab.file('stars.csv')).toBeVisible();
  await panel.getByRole('button', { name: 'New folder' }).click();
  await panel.getByLabel(/^New name of/).fill('spectra');
  await page.keyboard.press('Enter');
  await expect(datalab.file('spectra')).toBeVisible();
  await expect(panel.locator('.jp-DataLab-task')).toHaveCount(0);
  await datalab.file('hydra_candidates.csv').click();
  await shoot(datalab, 'panel-storage', 900);
});

test('signed out, and full', async ({ datalab }) => {
  const { page, panel } = datalab;
  await datalab.open(ACCOUNT_SERVER.url);
  await datalab.show();
  await widen(datalab, 330);
  await datalab.showStorage();
  await expect(panel).toContainText('Sign in to the Data Lab');
  await shoot(datalab, 'storage-signed-out');
  await panel.getByLabel('Name', { exact: true }).fill(USER.name);
  await panel.getByLabel('Password', { exact: true }).fill(USER.password);
  await page.keyboard.press('Enter');
  await expect(datalab.file('public')).toBeVisible();
  await datalab.upload(file('light_curves.csv', 120_000), file('stars.csv', 80_000));
  await expect(datalab.file('stars.csv')).toBeVisible();
  await expect(panel).toContainText('Full: ');
  await datalab.upload(file('mosaic_g.fits', 3_000_000));
  await expect(panel.getByRole('alert')).toContainText('Your storage is full');
  await expect(panel.getByText('Done')).toHaveCount(0);
  await shoot(datalab, 'storage-full', 900);
});

import type { Locator } from '@playwright/test';
import type { DataLab } from '../datalab';
import { expect, test } from '../fixtures';

/** Alcyone, the brightest of the Pleiades; its id has more digits than a double. */
const ALCYONE = '66714384142368256';

/** Show a table on the sky by the menu of its row, and wait until it is drawn. */
async function showOnSky(datalab: DataLab, table: string): Promise<Locator> {
  const tile = datalab.page.waitForResponse(
    answer => /\/hips\/density\/.*\/Norder/.test(answer.url()) && answer.ok()
  );
  await datalab.choose(datalab.row(table), 'Show on Sky');
  await tile;
  await expect(stage(datalab)).toHaveAttribute('data-state', 'drawn');
  return sky(datalab);
}

function sky({ page }: DataLab): Locator {
  return page.locator('.jp-DataLab-skyTab');
}

function stage(datalab: DataLab): Locator {
  return sky(datalab).locator('.jp-DataLab-skyStage');
}

async function middle(datalab: DataLab): Promise<[number, number]> {
  const box = (await stage(datalab).boundingBox())!;
  return [box.x + box.width / 2, box.y + box.height / 2];
}

/** The place in the middle of the view, in degrees, once the pointer is elsewhere. */
async function place(datalab: DataLab): Promise<number[]> {
  await datalab.page.mouse.move(5, 5);
  const text = await sky(datalab).locator('.jp-DataLab-skyPlace').innerText();
  return text
    .replace('−', '-')
    .match(/[-+]?\d+\.\d+/g)!
    .map(Number);
}

async function fov(datalab: DataLab): Promise<number> {
  const text = await sky(datalab).locator('.jp-DataLab-skyFov').innerText();
  expect(text).toContain('°');
  return Number.parseFloat(text);
}

test('a table is on the sky: go to an object, click, and have the rows and the code', async ({
  datalab
}) => {
  const { page } = datalab;
  await datalab.openNotebook(['']);
  await datalab.showTables();
  const tab = await showOnSky(datalab, 'gaia_source_g10');
  await expect(tab).toContainText('European Space Agency');

  await tab.getByLabel('Go to an object').fill('Pleiades');
  await page.keyboard.press('Enter');
  await expect(tab.getByRole('status')).toContainText('Moved to');
  await expect
    .poll(async () => (await place(datalab))[0])
    .toBeCloseTo(56.9, 0);
  expect((await place(datalab))[1]).toBeCloseTo(24.1, 0);
  await page.mouse.click(...(await middle(datalab)));
  const rows = tab.getByRole('region', { name: /^Rows of gaia_dr3/ });
  await expect(rows.getByRole('cell', { name: ALCYONE })).toBeVisible();
  await expect(tab.getByRole('status')).toContainText('within');

  // A place where there is nothing is said, and no name is asked of the internet.
  await tab.getByLabel('Go to an object').fill('Atlantis');
  await page.keyboard.press('Enter');
  await expect(tab.getByRole('alert')).toContainText('No object is known here');

  await tab.getByRole('button', { name: 'Insert into notebook' }).click();
  await expect
    .poll(() => datalab.source(0))
    .toMatch(/dl\.sky\(\(56\.\d+, 24\.\d+\), fov_deg=2, survey="gaia_dr3\.gaia_source_g10"\)/);
  if (datalab.application === 'notebook') {
    // There both are in sight at once.
    await datalab.dragOnto(
      tab.getByRole('button', { name: 'Insert into notebook' }),
      datalab.cells.first()
    );
    await expect(datalab.cells).toHaveCount(2);
  }
});

test('mouse and keys move the sky; layers, opacity and frame change it', async ({
  datalab
}) => {
  const { page } = datalab;
  await datalab.openNotebook(['']);
  await datalab.showTables();
  const tab = await showOnSky(datalab, 'gaia_source_g10');
  const [x, y] = await middle(datalab);
  const start = await place(datalab);

  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 60, y, { steps: 5 });
  await page.mouse.move(x + 90, y, { steps: 5 });
  await page.mouse.up();
  await expect.poll(() => place(datalab)).not.toEqual(start);
  await expect(tab.getByRole('region', { name: 'Rows near' })).toHaveCount(0);

  // The same without a mouse. East is to the left.
  await tab.getByLabel('Go to an object').fill('56.8 24.1');
  await page.keyboard.press('Enter');
  await expect.poll(() => fov(datalab)).toBe(2);
  await tab.getByRole('application').focus();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(async () => (await place(datalab))[0]).toBeGreaterThan(56.9);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('-');
  await expect.poll(() => fov(datalab)).toBe(3);
  await page.keyboard.press('Enter');
  await expect(tab.getByRole('status')).toContainText('within');
  await tab.getByRole('button', { name: 'Hide the rows' }).click();

  const layers = tab.getByRole('region', { name: 'Layers' });
  await layers
    .getByLabel('Add a layer')
    .selectOption('density/openngc.objects');
  const slider = layers.getByRole('slider', { name: /openngc/ });
  await expect(slider).toHaveValue('70');
  await slider.press('ArrowLeft');
  await expect(slider).toHaveValue('65');
  await layers.getByRole('button', { name: /^Remove .*openngc/ }).click();
  await expect(slider).toHaveCount(0);
  await tab.getByRole('button', { name: 'Galactic' }).click();
  await expect(tab.locator('.jp-DataLab-skyPlace')).toContainText('l, b 16');

  await page.mouse.move(x, y);
  await page.mouse.wheel(0, 300);
  await expect.poll(() => fov(datalab)).toBeGreaterThan(3);
});

test('a table of one’s own is on the sky, under an image of the demo', async ({
  datalab,
  application
}) => {
  const { page } = datalab;
  const name = `hydra_${application}`;
  await datalab.openNotebook([
    `import datalab_toolkit as dl

dl.query("SELECT TOP 300 id, ra, dec, gmag FROM sim_smash.object WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(185.425, -31.985, 0.01))", out="mydb://${name}", replace=True)`
  ]);
  await datalab.showTables();
  await datalab.run(0);
  await expect(datalab.row(name)).toBeVisible({ timeout: 90_000 });
  const tab = await showOnSky(datalab, name);
  await expect(tab.getByRole('heading')).toContainText(`mydb.${name}`);

  // Each image is offered once.
  const layers = tab.getByRole('region', { name: 'Layers' });
  const images = layers.locator('optgroup[label="Images"] option');
  await expect(images).toHaveCount(4);
  const tile = page.waitForResponse(
    answer =>
      /\/hips\/images\/sim_smash\/gri\/Norder/.test(answer.url()) && answer.ok()
  );
  await layers
    .getByLabel('Add a layer')
    .selectOption('images/sim_smash/gri');
  await tile;
  await expect(
    layers.getByRole('slider', { name: /Hydra II in colour/ })
  ).toHaveValue('70');
  await expect(images).toHaveCount(3);
  await expect(tab).toContainText('Simulated, not observed');

  // The rows of a click are those of this table.
  await tab.getByLabel('Go to an object').fill('185.425 -31.985');
  await page.keyboard.press('Enter');
  await expect(tab.locator('.jp-DataLab-skyPlace')).toContainText(
    /185\.4250*° −31\.9850*°/
  );
  await tab.getByRole('application').focus();
  for (let i = 0; i < 5; i++) {
    await page.keyboard.press('-'); // until a row is near enough
  }
  await page.keyboard.press('Enter');
  // They wait for tiles of the image that are drawn for the first time: a
  // browser asks a server for six things at once.
  await expect(
    tab.getByRole('region', { name: new RegExp(`^Rows of mydb.${name}`) })
  ).toContainText('gmag', { timeout: 180_000 });
});

test('the sky has a tab of its own, and says what stands in its way', async ({
  datalab
}) => {
  const { page, application, panel } = datalab;
  // The layer of this table fails at first. It must not bring another sky.
  await page.route(
    '**/hips/density/openngc.objects/properties*',
    route => route.fulfill({ status: 502 }),
    { times: 1 }
  );
  const message = 'The Data Lab has stopped and is being started again.';
  const now = await datalab.seemAway(message);
  await datalab.open();
  await datalab.showTables();
  await datalab.choose(datalab.row('objects'), 'Show on Sky');
  await expect(sky(datalab).getByRole('alert')).toContainText(
    'cannot be shown on the sky'
  );
  await sky(datalab).getByRole('button', { name: 'Retry' }).click();
  await expect(stage(datalab)).toHaveAttribute('data-state', 'drawn');
  const tab = page.locator('.lm-TabBar-tab', { hasText: 'Sky: openngc' });
  await expect(tab).toBeVisible();

  // What is drawn stays while the Data Lab is away.
  now.isAway = true;
  await expect(sky(datalab).getByRole('alert')).toContainText(message);
  await expect(stage(datalab)).toHaveAttribute('data-state', 'drawn');
  now.isAway = false;
  await expect(sky(datalab).getByRole('alert')).toHaveCount(0);

  if (application === 'lab') {
    const kept = datalab.kept('"fov_deg":2}');
    await sky(datalab).getByLabel('Go to an object').fill('M 31');
    await page.keyboard.press('Enter');
    await expect.poll(() => fov(datalab)).toBe(2);
    await kept;
    await page.reload();
    await expect(stage(datalab)).toHaveAttribute('data-state', 'drawn', {
      timeout: 180_000
    });
    // It is a part of the sky again, and not all of the table.
    await expect.poll(() => fov(datalab)).toBeLessThan(5);
  }
  await tab.locator('.lm-TabBar-tabCloseIcon').click();
  await expect(sky(datalab)).toHaveCount(0);

  // Other services have no sky layers.
  await panel.getByLabel('Service').selectOption('observatory');
  await datalab.unfold('archive');
  await datalab.row('paper_00000').click({ button: 'right' });
  const menu = page.locator('.lm-Menu').last();
  await expect(menu).toContainText('Preview First Rows');
  await expect(menu.getByText('Show on Sky')).toBeHidden();
});

test('a browser without WebGL is told so', async ({ datalab }) => {
  const { page } = datalab;
  await page.addInitScript(() => {
    const original = HTMLCanvasElement.prototype.getContext as any;
    HTMLCanvasElement.prototype.getContext = function (kind: string, ...more: any[]) {
      return kind === 'webgl2' ? null : original.call(this, kind, ...more);
    } as any;
  });
  await datalab.open();
  await datalab.showTables();
  await datalab.choose(datalab.row('gaia_source_g10'), 'Show on Sky');
  await expect(sky(datalab).getByRole('alert')).toContainText(
    'This browser cannot draw the sky'
  );
});

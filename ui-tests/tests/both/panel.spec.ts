import { expect, test } from '../fixtures';

test('nothing is asked before the panel is shown', async ({ datalab }) => {
  const asked: string[] = [];
  datalab.page.on('request', request => {
    if (request.url().includes('jupyterlab-datalab/api')) {
      asked.push(request.url());
    }
  });
  await datalab.open();
  await datalab.page.waitForLoadState('networkidle');
  expect(asked).toEqual([]);
  await datalab.showTables();
  expect(asked.length).toBeGreaterThan(0);
});

test('the sky of a table is drawn, in either frame and theme', async ({
  datalab
}) => {
  await datalab.open();
  await datalab.showTables();
  await datalab.row('gaia_source_g10').click();
  const sky = datalab.details.getByRole('img', { name: /482,176 rows/ });
  await expect(sky).toBeVisible();
  const look = () =>
    sky.evaluate((canvas: HTMLCanvasElement) => {
      const { width, height } = canvas;
      const context = canvas.getContext('2d')!;
      const { data } = context.getImageData(0, 0, width, height);
      let [painted, brightness] = [0, 0];
      for (let i = 0; i < data.length; i += 4) {
        painted += data[i + 3] ? 1 : 0;
        brightness += data[i] + data[i + 1] + data[i + 2];
      }
      return { width, painted, brightness };
    });
  // An ellipse fills π/4 of the picture, and there are stars everywhere.
  await expect
    .poll(async () => (await look()).painted / (360 * 180))
    .toBeCloseTo(Math.PI / 4, 1);
  const light = await look();
  expect(light.width).toBe(360);
  await datalab.details.getByRole('button', { name: 'Galactic' }).click();
  await expect.poll(async () => (await look()).brightness).not.toBe(
    light.brightness
  );
  await datalab.details.getByRole('button', { name: 'Equatorial' }).click();
  await expect
    .poll(async () => (await look()).brightness)
    .toBe(light.brightness);
  await datalab.useTheme('Dark');
  await expect
    .poll(async () => (await look()).brightness)
    .not.toBe(light.brightness);
});

test('another TAP service lists, filters, previews and drags the same way', async ({
  datalab
}) => {
  await datalab.openNotebook(['# here']);
  await datalab.showTables();
  const { panel, tree } = datalab;
  await panel.getByLabel('Service').selectOption('observatory');
  await expect(datalab.state).toHaveText('Ready', { timeout: 90_000 });
  await expect(datalab.row('messier')).toBeVisible();

  await panel.getByLabel('Filter tables').fill('2MASS');
  const row = datalab.row('II/246/out');
  await expect(row).toBeVisible();
  await expect(tree.getByRole('treeitem')).toHaveCount(2);

  await row.click();
  const { details } = datalab;
  await expect(details).toContainText('Cutri');
  await expect(details.getByRole('img')).toHaveCount(0);
  await details.getByRole('button', { name: 'Preview' }).click();
  await expect(details.getByRole('table')).toContainText('06450887-1642566');

  const cell = (await datalab.cells.first().boundingBox())!;
  await datalab.drag(row, cell.x + cell.width / 2, cell.y + 8);
  await expect(datalab.cells).toHaveCount(2);
  expect(await datalab.source(0)).toContain('FROM "II/246/out"');
  expect(await datalab.source(0)).toContain('service="observatory"');
  const output = await datalab.run(0);
  await expect(output.locator('table')).toContainText('18365633+3847012');
});

test('the values of each column are told: range, distribution, what is missing', async ({
  datalab
}) => {
  await datalab.open();
  await datalab.showTables();
  await datalab.row('gaia_source_g10').click();
  const column = (name: string) =>
    datalab.details
      .locator('.jp-DataLab-columns li')
      .filter({ has: datalab.page.getByText(name, { exact: true }) });
  const g = column('phot_g_mean_mag');
  await expect(g.locator('.jp-DataLab-distribution path')).toHaveAttribute('d', /^M0,20v/);
  await expect(g).toContainText(/-1\.\d+ … 9\.99/);
  await expect(column('hip')).toContainText('99.9 % NULL');
  await datalab.row('objects').click();
  await expect(column('type')).toContainText('75 %');
});

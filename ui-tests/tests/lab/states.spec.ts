import { EMPTY_SERVER } from '../../servers';
import { expect, test } from '../fixtures';

test('an empty Data Lab gets its first stars by one click', async ({
  datalab
}) => {
  await datalab.open(EMPTY_SERVER.url);
  await datalab.show();
  const offer = datalab.panel.getByRole('button', { name: 'Make the demo sky' });
  await expect(offer).toBeVisible({ timeout: 90_000 });
  await offer.click();
  await expect(datalab.panel.getByRole('progressbar')).toBeVisible();
  await expect(datalab.row('gaia_source_g10')).toBeVisible({ timeout: 180_000 });
});

test('a filter without a match says so, and is undone by one click', async ({
  datalab
}) => {
  await datalab.open();
  await datalab.showTables();
  await datalab.panel.getByLabel('Filter tables').fill('no such thing');
  await expect(datalab.panel).toContainText('No table matches');
  await datalab.panel.getByRole('button', { name: 'Show all tables' }).click();
  await expect(datalab.row('gaia_source_g10')).toBeVisible();
});

test('an error has the words of the service, and goes away', async ({
  datalab
}) => {
  const { page, panel } = datalab;
  const route = '**/api/datalab/tables/gaia_dr3.gaia_source_g10*';
  await page.route(route, answer =>
    answer.fulfill({
      status: 502,
      json: { error: { message: 'The archive is being cleaned.', hint: '' } }
    })
  );
  await datalab.open();
  await datalab.showTables();
  await datalab.row('gaia_source_g10').click();
  await expect(panel.getByRole('alert')).toContainText('is being cleaned');
  await page.unroute(route);
  await panel.getByRole('button', { name: 'Retry' }).click();
  await expect(datalab.details).toContainText('482,176');
});

test('a missing server extension is told with what to do', async ({
  datalab
}) => {
  await datalab.page.route('**/jupyterlab-datalab/api/**', answer =>
    answer.fulfill({ status: 404, body: 'Not found' })
  );
  await datalab.open();
  await datalab.show();
  await expect(datalab.panel).toContainText(
    'jupyter server extension enable jupyterlab_datalab'
  );
});

test('thousands of tables need few lines in the page, and come as one scrolls', async ({
  datalab
}) => {
  await datalab.open();
  await datalab.showTables();
  const { panel, tree } = datalab;
  await panel.getByLabel('Service').selectOption('observatory');
  await panel.getByLabel('Filter tables').fill('t');
  await expect(panel.locator('.jp-DataLab-found')).toContainText(/2,\d\d\d/);
  const rows = tree.getByRole('treeitem');
  expect(await rows.count()).toBeLessThan(60);
  await tree.hover();
  const place = async () =>
    Number(await rows.last().getAttribute('aria-posinset'));
  await expect(async () => {
    await datalab.page.mouse.wheel(0, 20_000);
    expect(await place()).toBeGreaterThan(300);
  }).toPass();
  expect(await rows.count()).toBeLessThan(60);
});

test('what was open, chosen and typed is there again after a reload', async ({
  datalab
}) => {
  await datalab.open();
  await datalab.showTables();
  await datalab.row('gaia_dr3').click();
  await expect(datalab.row('gaia_source_g10')).toBeHidden();
  await datalab.row('objects').click();
  // The application writes its state when nothing has happened for a while.
  const kept = datalab.kept('"filter":"ngc"');
  await datalab.panel.getByLabel('Filter tables').fill('ngc');
  await expect(datalab.row('openngc')).toBeVisible();
  await kept;
  await datalab.page.reload();
  await expect(datalab.panel.getByLabel('Filter tables')).toHaveValue('ngc');
  await expect(datalab.details).toContainText('objects');
  await datalab.panel.getByLabel('Filter tables').fill('');
  await expect(datalab.row('gaia_dr3')).toHaveAttribute(
    'aria-expanded',
    'false'
  );
});

import { expect, test } from '../fixtures';

test('everything can be done without a mouse', async ({ datalab }) => {
  const { page, panel } = datalab;
  await datalab.openNotebook(['# here']);
  await datalab.showTables();
  const press = (key: string) => page.keyboard.press(key);
  const focused = panel.locator('[role="treeitem"]:focus');

  // The letters of a word come at once, also from a machine that is late.
  const now = Date.now();
  await page.clock.setFixedTime(now);
  await panel.getByLabel('Filter tables').focus();
  await press('Tab');
  await expect(focused).toContainText('My tables');
  await page.keyboard.type('gaia_dr3');
  await expect(focused).toContainText('gaia_dr3');
  await expect(focused).toHaveAttribute('aria-level', '1');

  await press('ArrowLeft');
  await expect(datalab.row('gaia_source_g10')).toBeHidden();
  await press('ArrowRight');
  await press('ArrowRight');
  await expect(focused).toContainText('gaia_source_g10');
  await press('ArrowRight');
  await expect(datalab.row('phot_g_mean_mag')).toBeVisible();
  await page.keyboard.type('phot_g');
  await expect(focused).toContainText('phot_g_mean_mag');
  await press('End');
  await expect(focused).toContainText('TAP_SCHEMA');
  await press('Home');
  await expect(focused).toContainText('My tables');

  // Another key ends a word: what follows at once is another.
  await page.keyboard.type('gaia_dr3');
  await press('ArrowRight');
  await page.keyboard.type('phot_g');
  await expect(focused).toContainText('phot_g_mean_mag');
  await press('Home');

  // What was typed just now is forgotten after a moment.
  await page.keyboard.type('gaia_d');
  await expect(focused).toContainText('gaia_dr3');
  await page.clock.setFixedTime(now + 1000);
  await page.keyboard.type('gaia_source');
  await expect(focused).toContainText('gaia_source_g10');
  await press('Enter');
  await expect(datalab.details).toContainText('482,176');

  await press('Shift+F10');
  const menu = page.locator('.lm-Menu');
  await expect(menu).toContainText('Insert into Notebook');
  await press('ArrowDown');
  await press('Enter');
  await expect(datalab.cells).toHaveCount(2);
  expect(await datalab.source(1)).toContain('gaia_dr3.gaia_source_g10');
});

test('a screen reader hears states and results', async ({ datalab }) => {
  await datalab.open();
  await datalab.showTables();
  const voice = datalab.panel.getByRole('status');
  await expect(voice).toContainText('Data Lab: Ready');
  await datalab.panel.getByLabel('Filter tables').fill('gaia');
  await expect(voice).toContainText('1 table matches');
});

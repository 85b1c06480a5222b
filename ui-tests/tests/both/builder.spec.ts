import type { Locator } from '@playwright/test';
import type { DataLab } from '../datalab';
import { expect, test } from '../fixtures';

const BUILDER = `import datalab_toolkit as dl

builder = dl.query_builder()
builder`;

async function open(
  datalab: DataLab,
  ...more: string[]
): Promise<Locator> {
  await datalab.openNotebook([BUILDER, ...more]);
  const output = await datalab.run(0);
  const builder = output.locator('.dl-builder');
  await expect(builder).toBeVisible({ timeout: 45_000 });
  await builder.scrollIntoViewIfNeeded();
  return builder;
}

/** Search for a table with the keyboard, and take the first that matches. */
async function choose(
  { page }: DataLab,
  builder: Locator,
  words: string,
  name: string
): Promise<void> {
  await builder
    .getByRole('combobox', { name: 'Search for a table', exact: true })
    .click();
  await page.keyboard.type(words);
  const found = builder.getByRole('option', { name });
  await expect(found).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(builder.locator('.dl-builder-about')).toContainText(name);
}

test('a look', async ({ datalab }) => {
  const builder = await open(datalab);
  await builder.screenshot({ path: '/tmp/b/empty.png' });
  await choose(datalab, builder, 'depthflag sharp', 'sim_smash.object');
  await datalab.page.waitForTimeout(1500);
  await builder.screenshot({ path: '/tmp/b/table.png' });
});

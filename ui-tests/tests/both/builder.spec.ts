import type { Locator } from '@playwright/test';
import type { DataLab } from '../datalab';
import { expect, test } from '../fixtures';

const BUILDER = `import datalab_toolkit as dl

builder = dl.query_builder()
builder`;

/** The slides' query of blue stars in field 169, as the form writes it. */
const DWARF = `SELECT ra, dec, gmag, rmag, imag
FROM sim_smash.object
WHERE fieldid = 169
  AND depthflag > 1
  AND ABS(sharp) < 0.5
  AND gmag BETWEEN 9 AND 25
  AND (gmag - rmag) BETWEEN -0.4 AND 0.4`;

async function open(datalab: DataLab, ...more: string[]): Promise<Locator> {
  await datalab.openNotebook([BUILDER, ...more]);
  const output = await datalab.run(0);
  const builder = output.locator('.dl-builder');
  await expect(builder).toBeVisible({ timeout: 90_000 });
  await builder.scrollIntoViewIfNeeded();
  return builder;
}

/** The text beside the form. */
const text = (builder: Locator) => builder.getByLabel('ADQL', { exact: true });

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
  const found = builder.locator('.dl-builder-tables li:visible');
  await expect(found).toHaveCount(1);
  await expect(found).toContainText(name);
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect(builder.locator('.dl-builder-about')).toContainText(name);
}

/** Add a condition: the value is typed, the verb chosen. */
async function condition(
  { page }: DataLab,
  builder: Locator,
  value: string,
  verb: string
): Promise<Locator> {
  await builder.getByRole('button', { name: 'Add a condition on a column' }).click();
  await page.keyboard.type(value);
  const row = builder.locator('.dl-builder-condition').last();
  // Leaving the field is what asks for the values of an expression.
  await page.keyboard.press('Tab');
  await row.getByLabel('Kind of condition').selectOption({ label: verb });
  return row;
}

/** Drag a handle of a range to a fraction of its width. */
async function dragHandle(
  { page }: DataLab,
  handle: Locator,
  from: number,
  to: number
): Promise<void> {
  await handle.scrollIntoViewIfNeeded();
  const box = (await handle.boundingBox())!;
  const x = (share: number) => box.x + 8 + share * (box.width - 16);
  await page.mouse.move(x(from), box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(x(to), box.y + box.height / 2, { steps: 5 });
  await page.mouse.up();
}

test("the slides' query is built with the form alone and its rows come", async ({
  datalab
}) => {
  const { page } = datalab;
  const builder = await open(datalab, '(len(rows), list(rows.columns))');
  await choose(datalab, builder, 'depthflag sharp', 'sim_smash.object');

  // Columns: none of those that are ticked, then five by mouse and keyboard.
  await builder.getByRole('button', { name: 'Tick no column' }).click();
  for (const name of ['ra', 'dec', 'gmag', 'rmag', 'imag']) {
    const box = builder
      .locator('.dl-builder-column')
      .filter({ has: page.getByText(name, { exact: true }) })
      .getByRole('checkbox');
    await box.focus();
    await page.keyboard.press('Space');
    await expect(box).toBeChecked();
  }

  // Conditions, each with the control of its kind.
  const field = await condition(datalab, builder, 'fieldid', 'is');
  await field.getByLabel('Value for fieldid').fill('169');
  const depth = await condition(datalab, builder, 'depthflag', 'is above');
  await depth.getByLabel('Value for depthflag').fill('1');
  const sharp = await condition(datalab, builder, 'ABS(sharp)', 'is below');
  await sharp.getByLabel('Value for ABS(sharp)').fill('0.5');
  const gmag = await condition(datalab, builder, 'gmag', 'is between');
  await gmag.getByLabel('Lowest of gmag', { exact: true }).fill('9');
  await gmag.getByLabel('Highest of gmag', { exact: true }).fill('25');
  const colour = await condition(datalab, builder, 'gmag - rmag', 'is between');
  // The expression gets a histogram of its own, with handles.
  await expect(colour.getByRole('slider')).toHaveCount(2);
  await colour.getByLabel('Lowest of gmag - rmag', { exact: true }).fill('-0.4');
  await colour.getByLabel('Highest of gmag - rmag', { exact: true }).fill('0.4');
  await builder.getByLabel('At most (rows)').fill('');
  await expect(text(builder)).toHaveValue(DWARF);
  await expect(builder.locator('.dl-builder-counted')).toHaveText(
    /^[\d,]+ of [\d,]+ rows meet the conditions\.$/
  );
  const counted = await builder.locator('.dl-builder-counted').innerText();

  await builder.getByRole('button', { name: 'Show the first ten rows' }).click();
  await expect(builder.locator('.dl-builder-preview tbody tr')).toHaveCount(10);

  await builder.getByLabel('Rows become the variable').fill('rows');
  await builder.getByRole('button', { name: 'Run the query' }).click();
  await expect(builder.locator('.dl-builder-state')).toHaveText(/rows are in rows\./);
  const shown = await datalab.run(1);
  const number = counted.split(' ')[0].replace(/,/g, '');
  await expect(shown).toContainText(
    `(${number}, ['ra', 'dec', 'gmag', 'rmag', 'imag'])`
  );
});

test('the form follows the text, and says what it cannot show', async ({
  datalab
}) => {
  const { page } = datalab;
  const builder = await open(datalab);
  await text(builder).click();
  await page.keyboard.type(
    'SELECT TOP 5 name, vmag FROM openngc.objects WHERE vmag < 9 ORDER BY vmag'
  );
  await expect(builder.locator('.dl-builder-about')).toContainText('openngc.objects');
  await expect(builder.getByLabel('Sort by')).toHaveValue('vmag');
  await expect(builder.getByLabel('At most (rows)')).toHaveValue('5');
  const row = builder.locator('.dl-builder-condition');
  await expect(row.getByLabel('Kind of condition')).toHaveValue('<');
  await expect(row.getByLabel('Value for vmag')).toHaveValue('9');
  await expect(
    builder
      .locator('.dl-builder-column')
      .filter({ has: page.getByText('name', { exact: true }) })
      .getByRole('checkbox')
  ).toBeChecked();

  // Ticks and expressions keep each other, also while the service refuses one.
  const type = builder
    .locator('.dl-builder-column')
    .filter({ has: page.getByText('type', { exact: true }) })
    .getByRole('checkbox');
  await type.check();
  await builder.getByRole('button', { name: 'Add a column that is computed' }).click();
  await page.keyboard.type('vmag -');
  await expect(builder.locator('.dl-builder-problem')).toContainText('Expected a value');
  await page.keyboard.type(' 5');
  await type.uncheck();
  await builder.getByLabel('Name of the expression').fill('m');
  await expect(text(builder)).toHaveValue(/^SELECT TOP 5 name, vmag, vmag - 5 AS m\n/);

  await text(builder).fill(
    'SELECT type, COUNT(*) AS n\nFROM openngc.objects\nGROUP BY type'
  );
  await expect(builder.locator('.dl-builder-problem')).toContainText(
    'GROUP BY cannot be shown in the form; line 3.'
  );
  await text(builder).press('Control+Enter');
  await expect(builder.locator('.dl-builder-state')).toHaveText(/rows are in rows\./);

  await text(builder).fill('SELECT nme FROM openngc.objects');
  await expect(builder.locator('.dl-builder-problem')).toContainText(
    "There is no column 'nme'."
  );
});

test('a range is dragged, a name becomes a region, a job shows its end', async ({
  datalab
}) => {
  const builder = await open(datalab);
  await choose(datalab, builder, 'gaia_source_g10', 'gaia_dr3.gaia_source_g10');
  const row = await condition(datalab, builder, 'phot_g_mean_mag', 'is between');
  await expect(row.getByRole('slider')).toHaveCount(2);
  await dragHandle(datalab, row.getByRole('slider').last(), 1, 0.5);
  await dragHandle(datalab, row.getByRole('slider').first(), 0, 0.2);
  await expect(text(builder)).toHaveValue(
    /WHERE phot_g_mean_mag BETWEEN [\d.]+ AND [\d.]+$/
  );
  const before = await text(builder).inputValue();
  await row.getByRole('slider').first().press('ArrowRight');
  await expect(text(builder)).not.toHaveValue(before);

  await builder.getByText('Region on the sky').click();
  await builder.getByLabel('Name of an object, or a place').fill('Pleiades');
  await datalab.page.keyboard.press('Enter');
  await expect(text(builder)).toHaveValue(/CIRCLE\(56\.\d+, 24\.\d+, 1\.0\)/);

  await builder.getByLabel('How to run it').selectOption({ label: 'as a job' });
  await builder.getByRole('button', { name: 'Run the query' }).click();
  await expect(builder.locator('.dl-builder-state')).toHaveText(/rows are in rows\./);
});

test('its query becomes a cell that runs', async ({ datalab }) => {
  const builder = await open(datalab);
  await choose(datalab, builder, 'openngc', 'openngc.objects');
  await builder
    .getByRole('button', { name: 'Insert a cell with this query' })
    .click();
  await expect(datalab.cells).toHaveCount(2);
  expect(await datalab.source(1)).toContain('FROM openngc.objects');
  const rows = await datalab.run(1);
  await expect(rows.locator('table')).toContainText('commonnames');
});

test('it runs again with its cell', async ({ datalab }) => {
  let builder = await open(datalab);
  await choose(datalab, builder, 'openngc', 'openngc.objects');
  builder = (await datalab.run(0)).locator('.dl-builder');
  await expect(builder.locator('.dl-builder-about')).toContainText('Search above');
  await choose(datalab, builder, 'openngc', 'openngc.objects');
});

test('a saved notebook keeps the query', async ({ datalab }) => {
  const { page } = datalab;
  const cell = `import datalab_toolkit as dl
dl.query_builder("openngc.objects")`;
  await datalab.openNotebook([cell]);
  await expect((await datalab.run(0)).locator('.dl-builder-about')).toContainText(
    'openngc.objects'
  );
  const { content } = await page.evaluate(async () => {
    const { context } = (window as any).jupyterapp.shell.currentWidget;
    await context.save();
    return { content: context.model.toJSON() };
  });
  const [output] = content.cells[0].outputs;
  expect(output.data['text/html']).toContain('FROM openngc.objects');

  // No kernel knows the widget any more: the page shows the text.
  await page.evaluate(() =>
    (window as any).jupyterapp.shell.currentWidget.sessionContext.shutdown()
  );
  await page.reload();
  await expect(
    datalab.cells.first().locator('.jp-OutputArea pre')
  ).toContainText('FROM openngc.objects', { timeout: 90_000 });
});

import { expect, test } from '../fixtures';

test('a table dragged into a notebook becomes a query that runs', async ({
  datalab
}) => {
  await datalab.openNotebook(['# above', '# below']);
  await datalab.showTables();
  const target = (await datalab.cells.nth(1).boundingBox())!;
  await datalab.drag(
    datalab.row('gaia_source_g10'),
    target.x + target.width / 2,
    target.y + 8
  );
  await expect(datalab.cells).toHaveCount(3);
  expect(await datalab.source(1)).toMatch(
    /^import datalab_toolkit as dl\n\ndf = dl\.query\("""\nSELECT TOP 100 source_id, ra, dec/
  );
  const output = await datalab.run(1);
  await expect(output.locator('table')).toContainText('source_id');
  await expect(output).toContainText('100 rows');
});

test('a column dragged with Alt lands in the middle of a cell', async ({
  datalab
}) => {
  await datalab.openNotebook(['name = "ra  dec"']);
  await datalab.showTables();
  await datalab.unfold('gaia_source_g10');
  const [x, y] = await datalab.pointInCell(0, ' dec');
  await datalab.page.keyboard.down('Alt');
  await datalab.drag(datalab.row('bp_rp'), x, y);
  await datalab.page.keyboard.up('Alt');
  await expect.poll(() => datalab.source(0)).toBe('name = "ra bp_rp dec"');
  await expect(datalab.cells).toHaveCount(1);
});

test('a table dragged by its second handle leaves its name in a cell', async ({
  datalab
}) => {
  await datalab.openNotebook(['SELECT * FROM ;']);
  await datalab.showTables();
  const row = datalab.row('gaia_source_g10');
  await row.hover();
  const [x, y] = await datalab.pointInCell(0, ';');
  await datalab.drag(row.locator('.jp-DataLab-intoCell'), x, y);
  await expect
    .poll(() => datalab.source(0))
    .toBe('SELECT * FROM gaia_dr3.gaia_source_g10;');
});

test('a button inserts the query, and the rows can be seen before', async ({
  datalab
}) => {
  await datalab.openNotebook(['# here']);
  await datalab.showTables();
  await datalab.row('gaia_source_g10').click();
  const { details } = datalab;
  await expect(details).toContainText('482,176');
  await details.getByRole('button', { name: 'Preview' }).click();
  const preview = details.getByRole('table');
  await expect(preview.getByRole('row')).toHaveCount(21);
  await expect(details).toContainText('First 20 of 482,176 rows');
  await details.getByRole('button', { name: 'Insert into notebook' }).click();
  await expect(datalab.cells).toHaveCount(2);
  expect(await datalab.source(1)).toContain('FROM gaia_dr3.gaia_source_g10');
});

test('a widget of an output puts a cell below its own, and it does not run', async ({
  datalab
}) => {
  const button = `from IPython.display import HTML
HTML("""<button onclick="this.textContent = this.dispatchEvent(
  new CustomEvent('datalab:insert-cell', {bubbles: true, composed: true, cancelable: true,
  detail: {code: '1 / 0', language: 'python'}})) ? 'ignored' : 'taken'">ask</button>""")`;
  await datalab.openNotebook([button, '# last']);
  const output = await datalab.run(0);
  await output.getByRole('button', { name: 'ask' }).click();
  await expect(output.getByRole('button', { name: 'taken' })).toBeVisible();
  await expect(datalab.cells).toHaveCount(3);
  expect(await datalab.source(1)).toBe('1 / 0');
  await expect(
    datalab.cells.nth(1).locator('.jp-InputArea-prompt')
  ).toHaveText('[ ]:');
});

test('the kernel of another language is not given Python', async ({
  datalab
}) => {
  await datalab.openNotebook(['x <- 1'], {
    kernel: 'no-such-kernel',
    language: 'R'
  });
  const dialog = datalab.page.locator('.jp-Dialog');
  await dialog.getByRole('button', { name: 'No Kernel' }).click();
  await datalab.showTables();
  await datalab.row('gaia_source_g10').click();
  await datalab.details
    .getByRole('button', { name: 'Insert into notebook' })
    .click();
  await expect(datalab.page.locator('.Toastify')).toContainText(
    'runs R, and the snippet is Python'
  );
  await expect(datalab.cells).toHaveCount(1);
});

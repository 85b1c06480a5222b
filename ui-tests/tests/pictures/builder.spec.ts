import type { Locator } from '@playwright/test';
import { join } from 'path';
import type { DataLab } from '../datalab';
import { expect, test } from '../fixtures';

/** The pictures of the query builder: `jlpm screenshots` makes them all. */
const IMAGES = join(__dirname, '..', '..', '..', 'docs', 'images');

test.use({ deviceScaleFactor: 1.5, viewport: { width: 1380, height: 2000 } });

const SOURCE = `import datalab_toolkit as dl

builder = dl.query_builder(adql="""
SELECT ra, dec, gmag, rmag, imag
FROM sim_smash.object
WHERE fieldid = 169
  AND depthflag IN (2, 3)
  AND ABS(sharp) < 0.5
  AND gmag BETWEEN 9 AND 25
  AND (gmag - rmag) BETWEEN -0.4 AND 0.4
""".strip())
builder`;

async function show(datalab: DataLab, source = SOURCE): Promise<Locator> {
  await datalab.openNotebook([source]);
  const output = await datalab.run(0);
  const builder = output.locator('.dl-builder');
  await expect(builder.locator('.dl-builder-counted')).toContainText(
    'meet the conditions',
    { timeout: 45_000 }
  );
  await expect(builder.getByRole('slider')).toHaveCount(4);
  await builder.getByRole('button', { name: 'Show the first ten rows' }).click();
  await expect(builder.locator('.dl-builder-preview tbody tr')).toHaveCount(10);
  return builder;
}

test('the query of the faint dwarf', async ({ datalab }) => {
  const builder = await show(datalab);
  await builder.screenshot({ path: join(IMAGES, 'builder-light.png') });
});

test('in the dark, with what the form cannot show', async ({ datalab }) => {
  await datalab.open();
  await datalab.useTheme('Dark');
  const builder = await show(datalab);
  await builder.getByText('Region on the sky').click();
  await builder
    .getByLabel('ADQL', { exact: true })
    .fill(
      'SELECT depthflag, COUNT(*) AS n\nFROM sim_smash.object\nGROUP BY depthflag'
    );
  await expect(builder.locator('.dl-builder-problem')).toContainText('line 3');
  await builder.screenshot({ path: join(IMAGES, 'builder-dark.png') });
});

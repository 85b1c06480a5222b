import type { Locator } from '@playwright/test';
import { join } from 'path';
import type { DataLab } from '../datalab';
import { expect, test } from '../fixtures';

/** The pictures of the density map: `jlpm screenshots` makes them all. */
const IMAGES = join(__dirname, '..', '..', '..', 'docs', 'images');

test.use({ deviceScaleFactor: 1.5, viewport: { width: 1180, height: 960 } });

const TABLE = 'gaia_dr3.gaia_source_g10';

async function show(datalab: DataLab, source: string): Promise<Locator> {
  await datalab.openNotebook([source]);
  const output = await datalab.run(0);
  for (const canvas of await output.locator('.dl-density-canvas').all()) {
    await expect(canvas).toHaveAttribute('aria-label', /rows in view/);
  }
  // Counts at the screen's full resolution follow the first ones.
  await datalab.page.waitForTimeout(1500);
  return output;
}

async function picture(output: Locator, name: string): Promise<void> {
  await output.screenshot({ path: join(IMAGES, `density-${name}.png`) });
}

test('the Milky Way in the dark', async ({ datalab }) => {
  await datalab.open();
  await datalab.useTheme('Dark');
  const output = await show(
    datalab,
    `import datalab_toolkit as dl\n\ndl.density("${TABLE}", frame="galactic", colormap="inferno")`
  );
  await picture(output, 'dark');
});

test('a box around the Pleiades', async ({ datalab }) => {
  const output = await show(
    datalab,
    `import datalab_toolkit as dl

sky = dl.density("${TABLE}", center=(56.75, 24.1), fov=9)
sky.box = {"ra_min": 55.6, "ra_max": 57.9, "dec_min": 23, "dec_max": 25.2}
sky`
  );
  await picture(output, 'box');
});

test('two linked maps', async ({ datalab }) => {
  const output = await show(
    datalab,
    `import datalab_toolkit as dl
import ipywidgets as widgets

stars = dl.density("${TABLE}", center=(161, -59.7), fov=60)
galactic = dl.density("${TABLE}", center=(161, -59.7), fov=60, frame="galactic", colormap="viridis")
for trait in ("center", "fov", "box"):
    widgets.link((stars, trait), (galactic, trait))
widgets.HBox([stars, galactic])`
  );
  await picture(output, 'linked');
});

import { join } from 'path';
import type { Locator } from '@playwright/test';
import type { DataLab } from '../datalab';
import { expect, test } from '../fixtures';

// Drawn large by a processor without graphics.
test.slow();

/** The pictures of the sky view: `jlpm screenshots` makes them all. */
const IMAGES = join(__dirname, '..', '..', '..', 'docs', 'images');

test.use({ deviceScaleFactor: 1.5, viewport: { width: 1180, height: 1180 } });

const TABLE = 'gaia_dr3.gaia_source_g10';

async function show(datalab: DataLab, source: string): Promise<Locator> {
  await datalab.openNotebook([source]);
  const output = await datalab.run(0);
  for (const stage of await output.locator('.dl-sky-stage').all()) {
    await expect(stage).toHaveAttribute('aria-label', /degrees wide/, {
      timeout: 45_000
    });
  }
  await datalab.page.waitForTimeout(4000); // until the last tiles are drawn
  return output;
}

async function picture(output: Locator, name: string): Promise<void> {
  await output.screenshot({ path: join(IMAGES, `sky-${name}.png`) });
}

test('stars over their density, a circle, a row', async ({ datalab }) => {
  const output = await show(
    datalab,
    `import datalab_toolkit as dl

sky = dl.sky("Pleiades", 9, survey="${TABLE}")
sky.add_sources("${TABLE}", where="phot_g_mean_mag < 5.5", name="brighter than 5.5 mag")
sky.circle = {"ra": 56.75, "dec": 24.1, "radius_deg": 1}
sky`
  );
  const stage = (await output.locator('.dl-sky-stage').boundingBox())!;
  const [x, y] = [stage.x + stage.width / 2, stage.y + stage.height / 2];
  const row = output.locator('.dl-sky-row');
  // Alcyone, the brightest, is a little to the east of the middle.
  for (let i = 0; i < 24 && !(await row.isVisible()); i++) {
    await datalab.page.mouse.click(x - 24 + 4 * (i % 6), y - 8 + 4 * Math.floor(i / 6));
    await datalab.page.waitForTimeout(300);
  }
  await picture(output, 'light');
});

test('a survey, its fields and its area in the dark', async ({ datalab }) => {
  await datalab.open();
  await datalab.useTheme('Dark');
  const output = await show(
    datalab,
    `import datalab_toolkit as dl

sky = dl.sky((185.6, -32.05), 2.5, survey="sim_smash.object")
sky.add_area("sim_smash.object")
sky.add_outlines({"field 169": dl.SkyCircle(185.6, -32.1, 1.1)}, name="SMASH fields", simulated=True)
sky`
  );
  await picture(output, 'dark');
});

test('a view linked with a density map', async ({ datalab }) => {
  const output = await show(
    datalab,
    `import datalab_toolkit as dl
import ipywidgets as widgets

sky = dl.sky((161, -59.7), 40, survey="${TABLE}", frame="galactic")
heat = dl.density("${TABLE}", frame="galactic", colormap="viridis")
sky.link(heat)
sky.circle = {"ra": 161.0, "dec": -59.7, "radius_deg": 6}
widgets.HBox([sky, heat])`
  );
  await expect(output.locator('.dl-density-canvas')).toHaveAttribute(
    'aria-label',
    /rows in view/
  );
  await datalab.page.waitForTimeout(1500);
  await picture(output, 'linked');
});

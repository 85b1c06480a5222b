import { join } from 'path';
import { expect, test } from '../fixtures';

/** The picture of the joined plane and sky: `jlpm screenshots` makes it. */
const PICTURE = join(
  __dirname,
  '../../../docs/images/hist2d-linked.png'
);

test.use({ deviceScaleFactor: 1.5, viewport: { width: 1280, height: 960 } });

test('a plane and a sky that are joined', async ({ datalab }) => {
  await datalab.openNotebook([
    `import datalab_toolkit as dl
import ipywidgets as widgets

name = "gaia_dr3.gaia_source_g10"
cmd = dl.hist2d(name, "bp_rp", "phot_g_mean_mag")
sky = dl.density(name, frame="galactic")
cmd.link(sky)
cmd.box = {"x_min": -0.3, "x_max": 0.2, "y_min": 4.5, "y_max": 9}
widgets.HBox([cmd, sky])`
  ]);
  const output = await datalab.run(0);
  await expect(output.locator('.dl-density-about').nth(1)).toContainText(
    /counted for this map|every row counted/,
    { timeout: 45_000 }
  );
  await datalab.page.waitForTimeout(1500);
  await output.screenshot({ path: PICTURE });
});

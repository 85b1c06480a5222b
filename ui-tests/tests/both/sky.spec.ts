import type { Locator } from '@playwright/test';
import type { DataLab } from '../datalab';
import { expect, test } from '../fixtures';

const TABLE = 'gaia_dr3.gaia_source_g10';

const VIEW = `import datalab_toolkit as dl

sky = dl.sky((56.75, 24.1), 8, survey="${TABLE}")
sky`;

// A small sky: here a processor draws it that has no graphics.
test.use({ viewport: { width: 1000, height: 760 } });

/** A sky view in the output of a cell, as a user sees it. */
class Sky {
  readonly stage: Locator;
  readonly widget: Locator;

  constructor(
    readonly datalab: DataLab,
    readonly output: Locator,
    index = 0
  ) {
    this.widget = output.locator('.dl-sky').nth(index);
    this.stage = this.widget.locator('.dl-sky-stage');
  }

  /** Wait until the sky is drawn, and bring it into view. */
  async ready(): Promise<this> {
    await expect(this.stage).toHaveAttribute('aria-label', /degrees wide/, {
      timeout: 90_000
    });
    await this.stage.scrollIntoViewIfNeeded();
    await expect
      .poll(async () => (await this.picture()).colours, { timeout: 90_000 })
      .toBeGreaterThan(8);
    return this;
  }

  button(name: string): Locator {
    return this.widget.getByRole('button', { name, exact: true });
  }

  get condition(): Locator {
    return this.widget.locator('.dl-density-condition');
  }

  /** How wide the view is, in degrees. */
  async width(): Promise<number> {
    const label = (await this.stage.getAttribute('aria-label'))!;
    return Number(label.match(/([\d.,]+) degrees wide/)![1]);
  }

  /** How many colours the middle of the picture has. */
  async picture(): Promise<{ colours: number }> {
    const shot = await this.stage.screenshot();
    return this.datalab.page.evaluate(async data => {
      const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
      const picture = await createImageBitmap(new Blob([bytes]));
      const { width, height } = picture;
      const context = new OffscreenCanvas(width, height).getContext('2d')!;
      context.drawImage(picture, 0, 0);
      const [w, h] = [Math.floor(width / 2), Math.floor(height / 2)];
      const { data: pixels } = context.getImageData(w / 2, h / 2, w, h);
      const seen = new Set<number>();
      new Uint32Array(pixels.buffer).forEach(p => seen.add(p & 0xf0f0f0));
      return { colours: seen.size };
    }, shot.toString('base64'));
  }

  /** A point of the view, as fractions of its width and height. */
  async at(across: number, down: number): Promise<[number, number]> {
    const box = (await this.stage.boundingBox())!;
    return [box.x + across * box.width, box.y + down * box.height];
  }

  async drag(from: [number, number], to: [number, number]): Promise<void> {
    const { mouse } = this.datalab.page;
    await mouse.move(...from);
    await mouse.down();
    await mouse.move(...to, { steps: 10 });
    await mouse.up();
  }
}

async function open(
  datalab: DataLab,
  source = VIEW,
  ...more: string[]
): Promise<Sky> {
  await datalab.openNotebook([source, ...more]);
  return new Sky(datalab, await datalab.run(0)).ready();
}

/** Run an expression in a cell. */
async function evaluate(datalab: DataLab, cell: number): Promise<string> {
  const output = await datalab.run(cell);
  return (await output.locator('pre').last().innerText()).trim();
}

const CONE = `circle = sky.circle
cone = dl.query(f"SELECT source_id FROM ${TABLE} WHERE phot_g_mean_mag < 6 AND "
    f"1 = CONTAINS(POINT(ra, dec), CIRCLE({circle['ra']}, {circle['dec']}, {circle['radius_deg']}))")
drawn = sky.selection.query(["source_id"])
exact = sorted(cone.source_id) == sorted(drawn.source_id) == sorted(sky.selection.ids)
len(cone) > 5, exact, 1 < circle["radius_deg"] < 2, sky.clicked["source_id"] == int(row.source_id[0])`;

test('a click shows the row of a source, and a circle selects those of a cone', async ({
  datalab
}) => {
  test.slow(); // sources are drawn by a processor without graphics
  const sky = await open(
    datalab,
    `import datalab_toolkit as dl

row = dl.query("""SELECT TOP 1 source_id, ra, dec FROM ${TABLE}
    WHERE phot_g_mean_mag < 3 AND 1 = CONTAINS(POINT(ra, dec), CIRCLE(56.75, 24.1, 2))""")
sky = dl.sky((float(row.ra[0]), float(row.dec[0])), 8, survey="${TABLE}")
sky.add_sources("${TABLE}", where="phot_g_mean_mag < 6", name="bright")
sky`,
    CONE
  );
  await expect(sky.widget.locator('.dl-sky-layers')).toContainText('sources');
  const shown = sky.widget.locator('.dl-sky-row');
  await expect(async () => {
    await datalab.page.mouse.click(...(await sky.at(0.5, 0.5)));
    await expect(shown).toBeVisible({ timeout: 1500 });
  }).toPass({ timeout: 90_000 });
  await expect(shown).toContainText('source_id');

  await sky.button('Draw a circle from its centre').click();
  await sky.drag(await sky.at(0.5, 0.5), await sky.at(0.66, 0.6));
  await expect(sky.condition).toHaveText(
    /CONTAINS\(POINT\(ra, dec\), CIRCLE\(56\.\d+, 24\.\d+, 1\.\d+\)\)$/
  );
  expect(await evaluate(datalab, 1)).toBe('(True, True, True, True)');

  await sky.button('Insert a cell with the query for these rows').click();
  await expect(datalab.cells).toHaveCount(3);
  expect(await datalab.source(1)).toContain('CIRCLE(56.');
  await sky.button('Remove the selection (Escape)').click();
  await expect(sky.condition).toBeHidden();
});

test('two views keep their own state, run again with their cell, and are saved as a picture', async ({
  datalab
}) => {
  test.slow(); // four skies are drawn by a processor without graphics
  const { page } = datalab;
  const left = await open(
    datalab,
    `import datalab_toolkit as dl
import ipywidgets

a = dl.sky((56.75, 24.1), 8, survey="${TABLE}")
b = dl.sky((83.6, -5.4), 20, survey="${TABLE}")
ipywidgets.HBox([a, b])`,
    'a.fov_deg, b.fov_deg, a.selection is None, b.selection is None',
    'a'
  );
  const right = await new Sky(datalab, left.output, 1).ready();
  await page.mouse.move(...(await left.at(0.5, 0.5)));
  await page.mouse.wheel(0, -240);
  await expect.poll(() => left.width()).toBeLessThan(7);
  await right.button('Draw a box').click();
  await right.drag(await right.at(0.3, 0.3), await right.at(0.7, 0.7));
  await expect(right.condition).toHaveText(/^ra BETWEEN 7\d\S* AND 8\d/);
  await expect(left.condition).toBeHidden();
  expect(await evaluate(datalab, 1)).toMatch(
    /^\([1-6]\.\d+, 20\.0, True, False\)$/
  );

  const again = new Sky(datalab, await datalab.run(0));
  await expect.poll(() => again.width(), { timeout: 90_000 }).toBe(8);
  await new Sky(datalab, again.output, 1).ready();
  await again.ready();

  // A display of its own keeps a picture, for when no kernel knows the view.
  await datalab.run(2);
  await page.evaluate(async () => {
    const { context, sessionContext } = (window as any).jupyterapp.shell
      .currentWidget;
    await context.save();
    await sessionContext.shutdown();
  });
  await page.reload();
  const picture = datalab.cells.nth(2).locator('.jp-OutputArea img');
  await expect(picture).toBeVisible({ timeout: 90_000 });
  expect(
    await picture.evaluate((image: HTMLImageElement) => image.naturalWidth)
  ).toBeGreaterThan(600);
});

test('a view and a density map follow each other', async ({ datalab }) => {
  const sky = await open(
    datalab,
    `import datalab_toolkit as dl
import ipywidgets

sky = dl.sky((56.75, 24.1), 8, survey="${TABLE}")
heat = dl.density("${TABLE}")
sky.link(heat)
ipywidgets.HBox([sky, heat])`,
    'sky.target == heat.center, sky.fov_deg == heat.fov, sky.circle == heat.circle, sky.box == heat.box, ' +
      'heat.box is None, heat.center[0] > 57'
  );
  const map = sky.output.locator('.dl-density-canvas');
  await expect(map).toHaveAttribute('aria-label', /, 8 degrees wide/);
  // The sky is held: dragged to the right, the east comes into the middle, on both.
  await sky.drag(await sky.at(0.4, 0.5), await sky.at(0.6, 0.5));
  await expect(map).toHaveAttribute('aria-label', /Centre RA 03h5\dm/);
  await sky.button('Draw a circle from its centre').click();
  await sky.drag(await sky.at(0.5, 0.5), await sky.at(0.6, 0.6));
  const conditions = sky.output.locator('.dl-density-condition');
  await expect(conditions.nth(1)).toHaveText(/CIRCLE\(/);
  expect(await evaluate(datalab, 1)).toBe(
    '(True, True, True, True, True, True)'
  );

  // And back: a box on the map selects on the sky, its wheel zooms both.
  await map.scrollIntoViewIfNeeded();
  const box = (await map.boundingBox())!;
  const { mouse, keyboard } = datalab.page;
  await keyboard.down('Shift');
  await mouse.move(box.x + 0.3 * box.width, box.y + 0.3 * box.height);
  await mouse.down();
  await mouse.move(box.x + 0.7 * box.width, box.y + 0.7 * box.height, {
    steps: 6
  });
  await mouse.up();
  await keyboard.up('Shift');
  await expect(sky.condition).toHaveText(/^ra BETWEEN/);
  await mouse.wheel(0, -480);
  await expect.poll(() => sky.width()).toBeLessThan(6);
});

test('the keyboard reaches everything', async ({ datalab }) => {
  const sky = await open(datalab, VIEW, 'sky.target, sky.fov_deg');
  const { keyboard } = datalab.page;
  const place = sky.widget.locator('.dl-density-place');
  await sky.widget.getByRole('textbox').focus();
  await keyboard.type('M 45');
  await keyboard.press('Enter');
  await expect(place).toHaveText(/RA 03h47m/);
  for (const name of ['Look there', 'Lines of the coordinates']) {
    await keyboard.press('Tab');
    if (name !== 'Look there') {
      await keyboard.press('Tab'); // the list of coordinates is between them
    }
    await expect(sky.button(name)).toBeFocused();
  }
  await keyboard.press('Tab');
  await keyboard.press('Enter');
  await expect(sky.button('Draw a circle from its centre')).toHaveAttribute(
    'aria-pressed',
    'true'
  );
  await expect(sky.stage).toBeFocused();
  await keyboard.press('Enter');
  await expect(sky.condition).toHaveText(/CIRCLE\(/);
  await keyboard.press('Escape');
  await expect(sky.condition).toBeHidden();
  await keyboard.press('+');
  await expect.poll(() => sky.width()).toBe(4);
  await keyboard.press('ArrowRight');
  await expect(place).toHaveText(/RA 03h4[56]m/);
});

import type { Locator } from '@playwright/test';
import type { DataLab } from '../datalab';
import { expect, test } from '../fixtures';

const CMD = `import datalab_toolkit as dl

cmd = dl.hist2d("gaia_dr3.gaia_source_g10", "bp_rp", "phot_g_mean_mag")
cmd`;

const LINKED = `import datalab_toolkit as dl
import ipywidgets as widgets

cmd = dl.hist2d("gaia_dr3.gaia_source_g10", "bp_rp", "phot_g_mean_mag", bins=100)
sky = dl.density("gaia_dr3.gaia_source_g10")
cmd.link(sky)
widgets.HBox([cmd, sky])`;

async function open(
  datalab: DataLab,
  ...sources: string[]
): Promise<[Locator, Locator]> {
  await datalab.openNotebook(sources);
  const output = await datalab.run(0);
  const canvas = output.locator('.dl-plane-canvas');
  await expect(canvas).toHaveAttribute('aria-label', /rows in view/, {
    timeout: 90_000
  });
  await canvas.scrollIntoViewIfNeeded();
  return [output, canvas];
}

/** How many colours a canvas has, and how many of its pixels are light. */
async function colours(canvas: Locator): Promise<{ number: number; light: number }> {
  return canvas.evaluate(element => {
    const canvas = element as HTMLCanvasElement;
    const { data } = canvas
      .getContext('2d')!
      .getImageData(0, 0, canvas.width, canvas.height);
    const seen = new Set<number>();
    let light = 0;
    new Uint32Array(data.buffer).forEach(pixel => {
      seen.add(pixel);
      light += (pixel & 255) > 150 ? 1 : 0;
    });
    return { number: seen.size, light };
  });
}

/** Drag with the mouse between two places, given as fractions of a canvas. */
async function drag(
  { page }: DataLab,
  canvas: Locator,
  from: [number, number],
  to: [number, number]
): Promise<void> {
  const box = (await canvas.boundingBox())!;
  const at = ([x, y]: [number, number]): [number, number] => [
    box.x + x * box.width,
    box.y + y * box.height
  ];
  await page.mouse.move(...at(from));
  await page.mouse.down();
  await page.mouse.move(...at(to), { steps: 6 });
  await page.mouse.up();
}

test('a colour-magnitude diagram is drawn, again when its cell runs again', async ({
  datalab
}) => {
  await open(datalab, CMD);
  for (let round = 0; round < 2; round++) {
    const output = await datalab.run(0);
    const canvas = output.locator('.dl-plane-canvas');
    await expect(canvas).toHaveAttribute('aria-label', /bp_rp from/);
    await expect.poll(async () => (await colours(canvas)).number).toBeGreaterThan(40);
    await expect(output.locator('.dl-density-about')).toContainText('482,176 rows');
  }
});

test('a box on the plane becomes a query in a new cell', async ({ datalab }) => {
  const [output, canvas] = await open(datalab, CMD);
  await output
    .getByRole('button', { name: 'Draw a box on the plane (or hold Shift and drag)' })
    .click();
  await drag(datalab, canvas, [0.4, 0.5], [0.6, 0.7]);
  const condition = output.locator('.dl-density-condition');
  await expect(condition).toHaveText(
    /^bp_rp BETWEEN \S+ AND \S+ AND phot_g_mean_mag BETWEEN \S+ AND \S+$/
  );
  await output
    .getByRole('button', { name: 'Insert a cell with the query for these rows' })
    .click();
  await expect(datalab.cells).toHaveCount(2);
  expect(await datalab.source(1)).toContain(
    `WHERE ${await condition.innerText()}`
  );
  const rows = await datalab.run(1);
  await expect(rows.locator('table')).toContainText('source_id');
});

test('the wheel zooms in, and 0 shows all again', async ({ datalab }) => {
  const [output, canvas] = await open(datalab, CMD);
  const before = await canvas.getAttribute('aria-label');
  await canvas.hover({ position: { x: 300, y: 200 } });
  await datalab.page.mouse.wheel(0, -400);
  await expect(canvas).not.toHaveAttribute('aria-label', before!);
  await expect(output.locator('.dl-density-about')).toContainText('beyond');
  await canvas.focus();
  await datalab.page.keyboard.press('0');
  await expect(canvas).toHaveAttribute('aria-label', before!);
});

test('a plane and a sky that are linked filter one another', async ({
  datalab
}) => {
  const [output, plane] = await open(datalab, LINKED);
  const sky = output.locator('.dl-density-canvas:not(.dl-plane-canvas)');
  const [aboutPlane, aboutSky] = [0, 1].map(i =>
    output.locator('.dl-density-about').nth(i)
  );
  await expect(aboutSky).toContainText('482,176 in view');
  await datalab.page.keyboard.down('Shift');
  await drag(datalab, plane, [0.55, 0.3], [0.9, 0.8]);
  await datalab.page.keyboard.up('Shift');
  await expect(aboutSky).toContainText('where bp_rp BETWEEN');
  await expect(aboutSky).not.toContainText('482,176 in view');
  await expect(aboutSky).toContainText(/counted/);
  const all = await aboutPlane.innerText();
  await datalab.page.keyboard.down('Shift');
  await drag(datalab, sky, [0.4, 0.4], [0.6, 0.6]);
  await datalab.page.keyboard.up('Shift');
  await expect(aboutPlane).not.toHaveText(all);
  await expect(aboutPlane).not.toContainText('roughly');
});

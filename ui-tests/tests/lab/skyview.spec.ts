import type { Locator } from '@playwright/test';
import { expect, test } from '../fixtures';

test('without WebGL it says so, and shows the picture of the kernel', async ({
  datalab
}) => {
  await datalab.page.addInitScript(() => {
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (
      this: any,
      kind: string,
      ...options: any[]
    ) {
      return kind.startsWith('webgl')
        ? null
        : getContext.call(this, kind as any, ...options);
    } as any;
  });
  await datalab.openNotebook([
    `import datalab_toolkit as dl

dl.sky((56.75, 24.1), 8, survey="gaia_dr3.gaia_source_g10")`
  ]);
  const output = await datalab.run(0);
  await expect(output.locator('.dl-density-message')).toContainText(
    'This browser has no WebGL 2'
  );
  const picture = output.locator('.dl-sky-still');
  await expect(picture).toBeVisible();
  await expect
    .poll(async () => (await picture.boundingBox())!.height)
    .toBeGreaterThan(300);
  await expect(output.getByRole('toolbar')).toBeHidden();
});

test('without the file of Aladin Lite it says so', async ({ datalab }) => {
  await datalab.page.route('**/static/aladin.*.js', route => route.abort());
  await datalab.openNotebook([
    'import datalab_toolkit as dl\n\ndl.sky((56.75, 24.1), 8)'
  ]);
  const output = await datalab.run(0);
  const message = output.locator('.dl-density-message');
  await expect(message).toContainText('Aladin Lite could not be loaded');
  await datalab.page.unroute('**/static/aladin.*.js');
  await message.getByRole('button', { name: 'Try again now' }).click();
  await expect(message).toContainText('An empty sky.');
});

test('a sky that nobody touches is hardly drawn, and drawn at once when it is', async ({
  datalab
}) => {
  const { page } = datalab;
  await datalab.openNotebook([
    'import datalab_toolkit as dl\ndl.sky((150, 5), 20, survey="gaia_dr3.gaia_source_g10")',
    '\n'.repeat(60)
  ]);
  await page.evaluate(() => {
    const { prototype } = WebGL2RenderingContext;
    const { clear } = prototype;
    (window as any).drawn = 0;
    prototype.clear = function (mask) {
      (window as any).drawn++;
      clear.call(this, mask);
    };
  });
  const drawnWithin = async (milliseconds: number) => {
    await page.evaluate('window.drawn = 0');
    await page.waitForTimeout(milliseconds);
    return page.evaluate<number>('window.drawn');
  };
  await datalab.run(0);
  const stage = datalab.cells.nth(0).locator('.dl-sky-stage');
  await expect(stage).toHaveAttribute('aria-label', /20 degrees wide/);
  await stage.focus();
  await page.keyboard.press('+');
  await expect(stage).toHaveAttribute('aria-label', /10 degrees wide/);
  expect(await page.evaluate('window.drawn')).toBeGreaterThan(2);
  await expect
    .poll(() => drawnWithin(2000), { timeout: 90_000 })
    .toBeLessThan(12);
  await datalab.cells.nth(1).scrollIntoViewIfNeeded();
  await datalab.cells.nth(1).locator('.cm-content').press('Control+End');
  await expect(stage).not.toBeInViewport();
  await expect.poll(() => drawnWithin(1000), { timeout: 90_000 }).toBe(0);
});

test('two displays of one view show the same', async ({ datalab }) => {
  test.slow(); // to come to rest after a wheel takes 60 frames
  const { page } = datalab;
  await datalab.openNotebook([
    'import datalab_toolkit as dl\n\nsky = dl.sky((150, 5), 20, survey="gaia_dr3.gaia_source_g10")\nsky',
    'sky'
  ]);
  await datalab.run(0);
  await datalab.run(1);
  const [one, other] = [0, 1].map(cell =>
    datalab.cells.nth(cell).locator('.dl-sky-stage')
  );
  await expect(other).toHaveAttribute('aria-label', /20 degrees wide/);
  await one.focus();
  await page.keyboard.press('+');
  for (const stage of [one, other]) {
    await expect(stage).toHaveAttribute('aria-label', /10 degrees wide/);
  }
  await other.scrollIntoViewIfNeeded();
  const { x, y, width, height } = (await other.boundingBox())!;
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + width / 4, y + height / 2, { steps: 5 });
  await page.mouse.up();
  await page.mouse.wheel(0, 400);
  await page.mouse.move(x, y - 40);
  await expect(other).not.toHaveAttribute('aria-label', /10 degrees wide/, {
    timeout: 180_000
  });
  const label = (await other.getAttribute('aria-label'))!;
  await expect(one).toHaveAttribute('aria-label', label, { timeout: 90_000 });
});

test('an image that comes late lies below those that were put above it', async ({
  datalab
}) => {
  test.slow(); // the sky is drawn by a processor without graphics
  const { page } = datalab;
  let release = () => {};
  const held = new Promise<void>(resolve => (release = resolve));
  await page.route('**/hips/density/**/properties', async route => {
    await held;
    await route.continue();
  });
  await datalab.openNotebook([
    `import datalab_toolkit as dl
import numpy as np
from astropy.io import fits

header = {"CTYPE1": "RA---TAN", "CTYPE2": "DEC--TAN", "CRVAL1": 56.75, "CRVAL2": 24.1,
          "CRPIX1": 50.5, "CRPIX2": 50.5, "CDELT1": -0.05, "CDELT2": 0.05}
white = fits.PrimaryHDU(np.ones((100, 100), "f4"), fits.Header(header))
sky = dl.sky((56.75, 24.1), 20, survey="gaia_dr3.gaia_source_g10")
sky.grid = False
sky.add_image(white, name="white", cuts=(0, 1))
sky`
  ]);
  const output = await datalab.run(0);
  const line = (text: string) =>
    output.locator('.dl-sky-layer').filter({ hasText: text });
  await expect(line('white')).not.toContainText('Loading');
  await expect(line('gaia')).toContainText('Loading');
  const colours = () => coloursOf(output.locator('.dl-sky-stage'));
  await expect.poll(async () => (await colours()).middle).toBe(1);
  expect((await colours()).left).toBe(1);
  release();
  await expect
    .poll(async () => (await colours()).left, { timeout: 90_000 })
    .toBeGreaterThan(1);
  expect((await colours()).middle).toBe(1);
});

/** How many colours there are in the middle of a picture, and towards its left side. */
async function coloursOf(
  stage: Locator
): Promise<{ middle: number; left: number }> {
  const shot = await stage.screenshot();
  return stage.evaluate(async (_, data) => {
    const bytes = Uint8Array.from(atob(data), c => c.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes]));
    const { width, height } = picture;
    const context = new OffscreenCanvas(width, height).getContext('2d')!;
    context.drawImage(picture, 0, 0);
    const found = (across: number) => {
      const { data: pixels } = context.getImageData(
        Math.round(across * width),
        Math.round(height / 2),
        40,
        40
      );
      return new Set(new Uint32Array(pixels.buffer)).size;
    };
    return { middle: found(0.5), left: found(0.15) };
  }, shot.toString('base64'));
}

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
  await expect(output.locator('.dl-sky-still')).toBeVisible();
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
    .poll(() => drawnWithin(2000), { timeout: 30_000 })
    .toBeLessThan(12);
  await datalab.cells.nth(1).scrollIntoViewIfNeeded();
  await datalab.cells.nth(1).locator('.cm-content').press('Control+End');
  await expect(stage).not.toBeInViewport();
  await expect.poll(() => drawnWithin(1000), { timeout: 30_000 }).toBe(0);
});

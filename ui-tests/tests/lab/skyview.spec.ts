import { expect, test } from '../fixtures';

test('without WebGL it says so, and shows the picture of the kernel', async ({
  datalab
}) => {
  await datalab.page.addInitScript(() => {
    const { getContext } = HTMLCanvasElement.prototype;
    HTMLCanvasElement.prototype.getContext = function (this: any, kind: string) {
      // eslint-disable-next-line prefer-rest-params
      return kind.startsWith('webgl') ? null : getContext.apply(this, arguments as any);
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

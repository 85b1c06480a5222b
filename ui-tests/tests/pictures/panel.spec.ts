import type { Route } from '@playwright/test';
import { join } from 'path';
import type { DataLab } from '../datalab';
import { expect, test } from '../fixtures';

/** The pictures of the documentation: `jlpm screenshots` makes them all. */
const IMAGES = join(__dirname, '..', '..', '..', 'docs', 'images');

test.use({ deviceScaleFactor: 1.5, viewport: { width: 1240, height: 820 } });

const picture = (name: string) => ({ path: join(IMAGES, `${name}.png`) });

/** Widen the side area, as a user does. */
async function widen(datalab: DataLab, width: number): Promise<void> {
  const box = (await datalab.panel.boundingBox())!;
  const { mouse } = datalab.page;
  const [x, y] = [box.x + box.width + 2, box.y + box.height / 2];
  await mouse.move(x, y);
  await mouse.down();
  await mouse.move(x + width - box.width, y, { steps: 4 });
  await mouse.up();
}

/** Without the pointer and the marks that it leaves. */
async function rest({ page }: DataLab): Promise<void> {
  await page.mouse.move(900, 780);
  await page.waitForTimeout(700);
}

for (const look of ['Light', 'Dark']) {
  const name = look.toLowerCase();
  test(`the panel beside a notebook, ${name}`, async ({ datalab }) => {
    await datalab.openNotebook(['# Stars brighter than G = 10'], {
      name: 'bright-stars'
    });
    await datalab.showTables();
    await datalab.useTheme(look);
    await widen(datalab, 350);
    await datalab.row('gaia_source_g10').click();
    await expect(
      datalab.details.getByRole('img', { name: /482,176 rows/ })
    ).toBeVisible();
    await datalab.details
      .getByRole('button', { name: 'Insert into notebook' })
      .click();
    await expect(datalab.cells).toHaveCount(2);
    const output = await datalab.run(1);
    await expect(output.locator('table')).toBeVisible();
    await rest(datalab);
    await datalab.page.screenshot(picture(`panel-${name}`));
  });
}

test('the columns of a table', async ({ datalab }) => {
  await datalab.open();
  await datalab.showTables();
  await datalab.row('gaia_source_g10').click();
  const columns = datalab.details.locator('.jp-DataLab-columns');
  await expect(columns.locator('.jp-DataLab-distribution path').first()).toBeVisible();
  await widen(datalab, 400);
  await datalab.details.locator('li').last().scrollIntoViewIfNeeded();
  await rest(datalab);
  const box = (await datalab.panel.boundingBox())!;
  await datalab.page.screenshot({ ...picture('panel-columns'), clip: box });
});

test('the density map beside the panel', async ({ datalab }) => {
  await datalab.openNotebook([
    'import datalab_toolkit as dl\n\ndl.density("gaia_dr3.gaia_source_g10")'
  ], { name: 'first-look' });
  await datalab.showTables();
  await widen(datalab, 350);
  await datalab.row('gaia_source_g10').click();
  const output = await datalab.run(0);
  await expect(output.locator('canvas').first()).toBeVisible();
  await rest(datalab);
  await datalab.page.waitForTimeout(3000);
  await datalab.page.screenshot(picture('first-look'));
  await output.screenshot(picture('density-light'));
});

/** The panel alone, in a state that the server extension is made to tell. */
async function state(
  datalab: DataLab,
  name: string,
  answers: Record<string, (route: Route) => Promise<void>>,
  ready: string
): Promise<void> {
  for (const [path, answer] of Object.entries(answers)) {
    await datalab.page.route(`**/jupyterlab-datalab/api/${path}`, answer);
  }
  await datalab.open();
  await datalab.show();
  await expect(datalab.panel).toContainText(ready);
  await shoot(datalab, name);
}

async function shoot(datalab: DataLab, name: string): Promise<void> {
  await widen(datalab, 330);
  await rest(datalab);
  const box = (await datalab.panel.boundingBox())!;
  await datalab.page.screenshot({
    ...picture(name),
    clip: { ...box, height: 500 }
  });
}

test.describe('a state of the panel', () => {
  const status = (state: string, message: string) => (route: Route) =>
    route.fulfill({
      json: {
        state,
        message,
        features: ['density', 'demo'],
        schemas: 1,
        tables: 5,
        restarts: 0
      }
    });

  test('starting', ({ datalab }) =>
    state(
      datalab,
      'panel-starting',
      {
        'datalab/status*': status('starting', 'The Data Lab is starting.')
      },
      'starting'
    ));

  test('error', ({ datalab }) =>
    state(
      datalab,
      'panel-error',
      {
        'datalab/schemas*': route =>
          route.fulfill({
            status: 502,
            json: {
              error: {
                message:
                  'Data Lab did not answer within 30 s: its tables could not be listed.',
                hint: 'Try again in a moment.'
              }
            }
          })
      },
      'did not answer'
    ));

  test('missing', ({ datalab }) =>
    state(
      datalab,
      'panel-missing',
      { '**': route => route.fulfill({ status: 404, body: 'Not Found' }) },
      'server extension'
    ));

  test('no match', async ({ datalab }) => {
    await datalab.open();
    await datalab.showTables();
    await datalab.panel.getByLabel('Filter tables').fill('radio pulsar timing');
    await expect(datalab.panel).toContainText('No table matches');
    await shoot(datalab, 'panel-no-match');
  });

  test('down', async ({ datalab }) => {
    await datalab.open();
    await datalab.showTables();
    const message = 'The Data Lab has stopped and is being started again.';
    await datalab.page.route(
      '**/jupyterlab-datalab/api/datalab/status*',
      status('down', message)
    );
    await expect(datalab.panel).toContainText('the last one known');
    await shoot(datalab, 'panel-down');
  });

  test('empty, then being filled', async ({ datalab }) => {
    const demo = (state: string, progress: number, message = '') =>
      datalab.page.route('**/jupyterlab-datalab/api/datalab/demo*', route =>
        route.fulfill({
          json: {
            state,
            progress,
            message,
            tables: progress ? ['gaia_dr3.gaia_source_g10'] : [],
            error: null
          }
        })
      );
    const schemas = (names: string[]) =>
      datalab.page.route('**/jupyterlab-datalab/api/datalab/schemas*', route =>
        route.fulfill({
          json: {
            schemas: names.map(name => ({ name, description: '', tables: 1 }))
          }
        })
      );
    await demo('absent', 0);
    await schemas(['TAP_SCHEMA']);
    await datalab.open();
    await datalab.show();
    const offer = datalab.panel.getByRole('button', {
      name: 'Make the demo sky'
    });
    await expect(offer).toBeVisible();
    await shoot(datalab, 'panel-empty');
    await demo('running', 0.42, 'Simulating field 169 around Hydra II …');
    await schemas(['gaia_dr3', 'openngc', 'TAP_SCHEMA']);
    await offer.click();
    await expect(datalab.row('gaia_source_g10')).toBeVisible();
    await shoot(datalab, 'panel-filling');
  });

  test('search', async ({ datalab }) => {
    await datalab.open();
    await datalab.showTables();
    await datalab.panel.getByLabel('Filter tables').fill('magnitude');
    await expect(datalab.panel.locator('.jp-DataLab-found')).toContainText(
      'match'
    );
    await shoot(datalab, 'panel-search');
  });
});

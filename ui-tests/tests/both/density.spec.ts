import type { Locator } from '@playwright/test';
import type { DataLab } from '../datalab';
import { expect, test } from '../fixtures';

const MAP = `import datalab_toolkit as dl

sky = dl.density("gaia_dr3.gaia_source_g10", center=(56.75, 24.1), fov=40)
sky`;

/** The density map in the output of a cell, as a user sees it. */
class SkyMap {
  readonly canvas: Locator;

  constructor(
    readonly datalab: DataLab,
    readonly output: Locator,
    index = 0
  ) {
    this.canvas = output.locator('.dl-density-canvas').nth(index);
  }

  /** Wait for the first counts, and bring the map into view. */
  async ready(): Promise<this> {
    await expect(this.canvas).toHaveAttribute('aria-label', /rows in view/, {
      timeout: 90_000
    });
    await this.canvas.scrollIntoViewIfNeeded();
    return this;
  }

  button(name: string): Locator {
    return this.output.getByRole('button', { name, exact: true });
  }

  /** The words of its live region, once the picture has settled. */
  async words(pattern: RegExp): Promise<RegExpMatchArray> {
    const spoken = this.output.locator('.dl-density-spoken').first();
    await expect(spoken).toHaveText(pattern);
    return (await spoken.innerText()).match(pattern)!;
  }

  /** A point of the map, as fractions of its width and height. */
  async at(across: number, down: number): Promise<[number, number]> {
    const box = (await this.canvas.boundingBox())!;
    return [box.x + across * box.width, box.y + down * box.height];
  }

  async drag(from: [number, number], to: [number, number]): Promise<void> {
    const { mouse } = this.datalab.page;
    await mouse.move(...from);
    await mouse.down();
    await mouse.move(...to, { steps: 10 });
    await mouse.up();
  }

  /** How many colours there are, and the share of the most frequent one. */
  async colours(): Promise<{ number: number; largest: number }> {
    return this.canvas.evaluate((canvas: HTMLCanvasElement) => {
      const { width, height } = canvas;
      const context = canvas.getContext('2d')!;
      const pixels = new Uint32Array(
        context.getImageData(0, 0, width, height).data.buffer
      );
      const counts = new Map<number, number>();
      pixels.forEach(p => counts.set(p, (counts.get(p) ?? 0) + 1));
      return {
        number: counts.size,
        largest: Math.max(...counts.values()) / pixels.length
      };
    });
  }
}

/** Run an expression in the cell at the end of the notebook. */
async function evaluate(datalab: DataLab, cell: number): Promise<string> {
  const output = await datalab.run(cell);
  return (await output.locator('pre').last().innerText()).trim();
}

async function open(
  datalab: DataLab,
  source = MAP,
  ...more: string[]
): Promise<SkyMap> {
  await datalab.openNotebook([source, ...more]);
  return new SkyMap(datalab, await datalab.run(0)).ready();
}

test('the map is zoomed about the pointer and dragged', async ({ datalab }) => {
  const map = await open(datalab, MAP, '*sky.center, sky.fov');
  const { mouse } = datalab.page;
  expect((await map.colours()).number).toBeGreaterThan(100);
  const place = map.output.locator('.dl-density-place');
  await mouse.move(...(await map.at(0.5, 0.5)));
  const before = await place.innerText();

  // The place under the pointer stays there.
  await mouse.move(...(await map.at(0.7, 0.3)));
  const held = (await place.innerText()).slice(0, 8);
  for (let i = 0; i < 4; i++) {
    await mouse.wheel(0, -240);
  }
  await map.words(/ [2-7]\.?\d* degrees wide/);
  expect((await place.innerText()).slice(0, 8)).toBe(held);

  // The sky is held by the mouse: dragged to the right, the east comes into the middle.
  await map.drag(await map.at(0.3, 0.5), await map.at(0.6, 0.5));
  await expect(place).not.toHaveText(before);
  const [ra, , fov] = (await evaluate(datalab, 1))
    .replace(/[()]/g, '')
    .split(',')
    .map(Number);
  expect(fov).toBeLessThan(8);
  expect(ra).toBeGreaterThan(40);
  expect(ra).toBeLessThan(60);
});

test('a box becomes a query in a new cell, whose rows are inside it', async ({
  datalab
}) => {
  const map = await open(datalab);
  await datalab.page.keyboard.down('Shift');
  await map.drag(await map.at(0.4, 0.3), await map.at(0.6, 0.7));
  await datalab.page.keyboard.up('Shift');
  const condition = map.output.locator('.dl-density-condition');
  await expect(condition).toHaveText(
    /^ra BETWEEN 5\d(\.\d+)? AND 6\d(\.\d+)? AND dec BETWEEN 2\d\S* AND 2\d\S*$/
  );
  await map.button('Insert a cell with the query for these rows').click();
  await expect(datalab.cells).toHaveCount(2);
  expect(await datalab.source(1)).toContain(
    `FROM gaia_dr3.gaia_source_g10\nWHERE ${await condition.innerText()}`
  );
  const rows = await datalab.run(1);
  await expect(rows.locator('table')).toContainText('source_id');
  await expect(rows).toContainText(/\d{3} rows/);
  await map.button('Remove the selection (Escape)').click();
  await expect(condition).toBeHidden();
});

test('without an extension that listens, the code is shown to be copied', async ({
  datalab
}) => {
  const map = await open(datalab);
  await datalab.page.evaluate(() =>
    window.addEventListener(
      'datalab:insert-cell',
      event => event.stopImmediatePropagation(),
      true
    )
  );
  await map
    .button('Draw a box on the sky (or hold Shift and drag)')
    .click();
  await map.drag(await map.at(0.4, 0.3), await map.at(0.6, 0.7));
  await map.button('Insert a cell with the query for these rows').click();
  await expect(map.output.locator('.dl-density-code')).toContainText(
    'df = dl.query("""'
  );
  await expect(datalab.cells).toHaveCount(1);
});

test('the map is used by the keyboard, and keys stay in it', async ({
  datalab
}) => {
  const map = await open(datalab, MAP, 'sky.adql');
  const { keyboard } = datalab.page;
  await map.canvas.focus();
  await keyboard.press('+');
  await map.words(/ 20 degrees wide/);
  await keyboard.press('ArrowUp');
  await map.words(/Dec \+2[5-6]°/);
  await keyboard.press('0');
  await map.words(/, 482,176 rows in view/);
  const select = map.button('Draw a box on the sky (or hold Shift and drag)');
  await select.focus();
  await keyboard.press('x');
  await keyboard.press('d');
  await keyboard.press('d');
  await expect(datalab.cells).toHaveCount(2);
  await keyboard.press('Enter');
  await expect(select).toHaveAttribute('aria-pressed', 'true');
  await map.canvas.focus();
  await keyboard.press('Enter');
  await expect(map.output.locator('.dl-density-condition')).toBeVisible();
  expect(await evaluate(datalab, 1)).toMatch(/^'.*dec BETWEEN .*'$/);
});

test('two linked maps look at the same place, each in its own way', async ({
  datalab
}) => {
  const both = `import datalab_toolkit as dl
import ipywidgets as widgets

name = "gaia_dr3.gaia_source_g10"
left = dl.density(name, center=(56.75, 24.1), fov=40)
right = dl.density(name, center=(56.75, 24.1), fov=40, frame="galactic", colormap="gray")
for trait in ("center", "fov"):
    widgets.link((left, trait), (right, trait))
widgets.HBox([left, right])`;
  await datalab.openNotebook([both, 'left.center == right.center, left.fov']);
  for (let round = 0; round < 2; round++) {
    const output = await datalab.run(0);
    const left = await new SkyMap(datalab, output).ready();
    const right = await new SkyMap(datalab, output, 1).ready();
    const before = await right.canvas.getAttribute('aria-label');
    await datalab.page.mouse.move(...(await left.at(0.5, 0.5)));
    await datalab.page.mouse.wheel(0, -400);
    await left.drag(await left.at(0.5, 0.5), await left.at(0.6, 0.6));
    await expect(right.canvas).not.toHaveAttribute('aria-label', before!);
    expect(await evaluate(datalab, 1)).toMatch(/^\(True, 1\d\./);
    await expect(output.getByLabel('Coordinates', { exact: true }).nth(0)).toHaveValue(
      'icrs hours'
    );
    await expect(output.getByLabel('Coordinates', { exact: true }).nth(1)).toHaveValue(
      'galactic'
    );
    await expect(output.getByLabel('Colours', { exact: true }).nth(1)).toHaveValue('gray');
  }
});

test('the map is at hand while a cell runs', async ({ datalab }) => {
  const busy = 'import time\n\ntime.sleep(20)';
  const map = await open(datalab, MAP, busy);
  const before = await map.colours();
  await datalab.cells.nth(1).locator('.cm-content').click();
  await datalab.page.keyboard.press('Control+Enter');
  await expect(
    datalab.cells.nth(1).locator('.jp-InputArea-prompt')
  ).toHaveText('[*]:');
  await map.output.getByLabel('Colours', { exact: true }).selectOption('gray');
  await map.output
    .getByLabel('Stretch', { exact: true })
    .selectOption('linear');
  await expect
    .poll(async () => (await map.colours()).number)
    .not.toBe(before.number);
  await map.canvas.scrollIntoViewIfNeeded();
  await map.drag(await map.at(0.5, 0.5), await map.at(0.7, 0.5));
  await map.words(/Centre RA 04h[12]\d/);
  expect((await map.colours()).number).toBeGreaterThan(20);
});

test('the same map is drawn by HoloViews and Bokeh', async ({ datalab }) => {
  await datalab.openNotebook([
    'import datalab_toolkit as dl\n\n' +
      'dl.density("gaia_dr3.gaia_source_g10").to_holoviews()'
  ]);
  for (let round = 0; round < 2; round++) {
    const output = await datalab.run(0);
    const figure = output.locator('.bk-Figure, .bk-figure').first();
    await expect(figure).toBeVisible({ timeout: 90_000 });
    await expect(figure.locator('canvas').first()).toBeVisible();
  }
});

import type { Locator, Page } from '@playwright/test';
import type { DataLab } from '../datalab';
import { expect, test } from '../fixtures';

const ROWS = 1_000_000;
const TABLE = 'bench.million';

/** Makes the table: as many stars as the rows, most of them in a band around the sky. */
const INGEST = `import os, subprocess, sys, tempfile
import numpy as np, pyarrow as pa, pyarrow.parquet as pq

rng = np.random.default_rng(1)
ra = rng.uniform(0, 360, ${ROWS})
dec = np.clip(rng.normal(0, 12, ${ROWS}), -90, 90)
folder = tempfile.mkdtemp()
pq.write_table(pa.table({"id": np.arange(${ROWS}), "ra": ra, "dec": dec}), f"{folder}/million.parquet")
subprocess.run([sys.executable, "-m", "datalab_backend.cli", "ingest", f"{folder}/million.parquet",
    "--table", "${TABLE}", "--data", os.environ["DATALAB_DATA"]], check=True, capture_output=True)`;

const VIEW = `import datalab_toolkit as dl
dl.sky((150.0, 5.0), 20, survey="${TABLE}")`;
const USED = `import datalab_toolkit as dl
dl.query("SELECT TOP 1 * FROM ${TABLE}")`;
const EMPTY = `import datalab_toolkit as dl
dl.sky((150.0, 5.0), 20)`;

/** The sky below a cell that was not there when it was last run. */
function newStage(datalab: DataLab, cell: number): Locator {
  return datalab.cells.nth(cell).locator('.dl-sky-stage:not([data-old])');
}

/** Milliseconds from running a cell until most of the middle of its sky is not black. */
async function firstPicture(datalab: DataLab, cell: number): Promise<number> {
  const { page } = datalab;
  const stage = newStage(datalab, cell);
  for (const old of await stage.all()) {
    await old.evaluate(element => element.setAttribute('data-old', ''));
  }
  await datalab.cells.nth(cell).locator('.cm-content').click();
  const start = Date.now();
  await page.keyboard.press('Control+Enter');
  await expect(stage).toBeVisible({ timeout: 60_000 });
  while (!(await isDrawn(page, stage))) {
    expect(Date.now() - start, 'milliseconds without a picture').toBeLessThan(
      60_000
    );
    await page.waitForTimeout(50); // to look takes time of what is looked at
  }
  return Date.now() - start;
}

/** Whether most of the middle of a sky is seen to be not black. */
async function isDrawn(page: Page, stage: Locator): Promise<boolean> {
  const { x, y, width, height } = (await stage.boundingBox())!;
  const clip = { x: x + width / 3, y: y + height / 3, width: 60, height: 60 };
  const picture = (await page.screenshot({ clip })).toString('base64');
  return page.evaluate(async picture => {
    const image = new Image();
    image.src = `data:image/png;base64,${picture}`;
    await image.decode();
    const context = new OffscreenCanvas(60, 60).getContext('2d')!;
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, 60, 60);
    const bright = data.filter((value, i) => i % 4 === 0 && value > 40).length;
    return bright > 1800;
  }, picture);
}

/** Frames a second while the sky is dragged to and fro. */
async function panRate(datalab: DataLab, cell: number): Promise<number> {
  const { page } = datalab;
  const stage = newStage(datalab, cell);
  await expect(stage).toHaveAttribute('aria-label', /degrees wide/);
  await stage.scrollIntoViewIfNeeded();
  await page.waitForTimeout(3000);
  const box = (await stage.boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.evaluate(() => {
    const counted = { frames: 0, start: performance.now() };
    (window as any).counted = counted;
    const count = () => {
      counted.frames++;
      requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
  });
  const end = Date.now() + 4000;
  for (let i = 0; Date.now() < end; i++) {
    await page.mouse.move(x + 120 * Math.sin(i / 6), y + 60 * Math.cos(i / 6));
  }
  const rate = await page.evaluate(() => {
    const { frames, start } = (window as any).counted;
    return (1000 * frames) / (performance.now() - start);
  });
  await page.mouse.up();
  return rate;
}

test('a table of a million rows on the sky view', async ({ datalab }) => {
  test.setTimeout(300_000);
  await datalab.openNotebook([INGEST]);
  await datalab.run(0);
  await datalab.openNotebook(['print("the kernel is there")', VIEW]);
  await datalab.run(0);
  const unprepared = await firstPicture(datalab, 1);
  await datalab.openNotebook([USED, VIEW]);
  await datalab.run(0);
  const first = await firstPicture(datalab, 1);
  const again = await firstPicture(datalab, 1);
  const full = await panRate(datalab, 1);
  await datalab.openNotebook([EMPTY]);
  await datalab.run(0);
  const empty = await panRate(datalab, 0);
  const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(2)} s`;
  console.log(
    [
      `a table of ${ROWS.toLocaleString('en')} rows on the sky view`,
      `first picture, in a kernel that has queried the Data Lab: ${seconds(first)}`,
      `first picture, in a kernel that has imported nothing:     ${seconds(unprepared)}`,
      `the cell run again:                                       ${seconds(again)}`,
      `frames a second while it is dragged:                      ${full.toFixed(1)}`,
      `frames a second while an empty view is dragged:           ${empty.toFixed(1)}`
    ].join('\n')
  );
});

import type { Page } from '@playwright/test';
import { expect, test } from '@playwright/test';
import { SERVER } from '../../servers';
import { strangers } from '../fixtures';

const LAYERS = '/jupyterlab-datalab/api/datalab/hips';
const TABLE = 'gaia_dr3.gaia_source_g10';

const PAGE = `<!doctype html><meta charset="utf-8">
<style>body { margin: 0; } #sky { width: 100vw; height: 100vh; }</style>
<div id="sky"></div>
<script type="module">
import A from 'ALADIN';
await A.init;
window.A = A;
</script>`;

interface ILook {
  format?: string;
  target: [number, number];
  fov: number;
  frame?: string;
}

/** How bright some places of the picture are, from 0 to 255; given as fractions of its sides. */
type Brightness = (places: [number, number][]) => Promise<number[]>;

/** Where the Jupyter server says Aladin Lite is. */
async function aladinPath(page: Page): Promise<string> {
  const answer = await page.request.get(`${SERVER.url}/lab`);
  return /"datalabAladin": "([^"]+)"/.exec(await answer.text())![1];
}

/** Show a sky layer in Aladin Lite, in a page of the Jupyter server. */
async function show(
  page: Page,
  { format = 'png', target, fov, frame = 'ICRS' }: ILook
): Promise<Brightness> {
  const body = PAGE.replace('ALADIN', await aladinPath(page));
  await page.route('**/aladin-test/*', route =>
    route.fulfill({ body, contentType: 'text/html' })
  );
  await page.goto(`${SERVER.url}/aladin-test/index.html`);
  await page.waitForFunction('window.A');
  const tile = page.waitForResponse(
    answer => answer.url().includes('/Norder') && answer.ok()
  );
  await page.evaluate(
    ([url, format, target, fov, frame]) => {
      const { A } = window as any;
      const aladin = A.aladin('#sky', {
        cooFrame: frame,
        target: target.join(' '),
        fov,
        log: false,
        showReticle: false,
        showFrame: false,
        showCooGrid: false,
        showProjectionControl: false,
        showLayersControl: false,
        showFullscreenControl: false,
        showZoomControl: false,
        showCooLocation: false,
        showFov: false,
        showSettingsControl: false,
        showColorPickerControl: false,
        backgroundColor: 'rgb(0, 0, 0)',
        survey: A.HiPS(url, { imgFormat: format, name: 'density' })
      });
      aladin.gotoRaDec(target[0], target[1]);
      aladin.setFoV(fov);
      (window as any).aladin = aladin;
    },
    [
      `${SERVER.url}${LAYERS}/density/${TABLE}`,
      format,
      target,
      fov,
      frame
    ] as const
  );
  await tile;
  return places => brightness(page, places);
}

async function brightness(
  page: Page,
  places: [number, number][]
): Promise<number[]> {
  const shot = await page.locator('#sky').screenshot();
  return page.evaluate(
    async ([data, places]) => {
      const blob = await (await fetch(`data:image/png;base64,${data}`)).blob();
      const picture = await createImageBitmap(blob);
      const { width, height } = picture;
      const context = new OffscreenCanvas(width, height).getContext('2d')!;
      context.drawImage(picture, 0, 0);
      return places.map(([x, y]) => {
        const side = 48;
        const { data } = context.getImageData(
          Math.round(x * width) - side / 2,
          Math.round(y * height) - side / 2,
          side,
          side
        );
        return data.reduce((sum, v, i) => sum + (i % 4 < 3 ? v : 0), 0) / (side * side * 3);
      });
    },
    [shot.toString('base64'), places] as const
  );
}

test.use({ viewport: { width: 800, height: 600 } });

let left: string[];

test.beforeEach(({ page }) => {
  left = strangers(page);
});

test.afterEach(() => {
  expect(left, 'requests that left the machine').toEqual([]);
});

for (const format of ['png', 'fits']) {
  test(`Aladin Lite draws the Milky Way from ${format} tiles`, async ({
    page
  }) => {
    const look = await show(page, {
      format,
      target: [266.405, -28.936],
      fov: 100,
      frame: 'GAL'
    });
    // Along the plane in Carina, which is to the right of the centre; and away from it.
    await expect
      .poll(
        async () => {
          const [plane, north, south] = await look([
            [0.9, 0.55],
            [0.9, 0.1],
            [0.9, 0.95]
          ]);
          return plane > 12 && plane > 1.2 * Math.max(north, south);
        },
        { timeout: 90_000 }
      )
      .toBe(true);
  });
}

test('Aladin Lite shows the Pleiades where they are, north-west of here', async ({
  page
}) => {
  const look = await show(page, { target: [61.7, 20], fov: 16 });
  // Up and to the right of the middle; turned or mirrored they would be elsewhere.
  await expect
    .poll(
      async () => {
        const [pleiades, ...mirrored] = await look([
          [0.787, 0.155],
          [0.213, 0.155],
          [0.787, 0.845],
          [0.213, 0.845]
        ]);
        return pleiades > 1.3 * Math.max(...mirrored);
      },
      { timeout: 90_000 }
    )
    .toBe(true);
});

import { readFileSync, readdirSync } from 'fs';
import { join } from 'path';
import { SERVER } from '../../servers';
import type { DataLab } from '../datalab';
import { expect, test } from '../fixtures';

const CSV = 'ra,dec,gmag\n158.1,-27.5,19.2\n158.2,-27.6,20.1\n';

/** The content of a file of the Jupyter server, null when there is none. */
async function local({ page }: DataLab, path: string): Promise<string | null> {
  const answer = await page.request.get(`${SERVER.url}/api/contents/${path}`);
  return answer.ok() ? (await answer.json()).content : null;
}

test('files are uploaded, opened, renamed, downloaded and copied both ways', async ({
  datalab,
  application
}) => {
  const { page, panel } = datalab;
  const folder = `work-${application}`;
  await page.request.put(`${SERVER.url}/api/contents/${folder}`, {
    data: { type: 'directory' }
  });
  await page.goto(
    `${SERVER.url}/${application === 'lab' ? 'lab/tree' : 'tree'}/${folder}`
  );
  await datalab.show();
  await datalab.showStorage();

  // A folder of its own, named at once.
  await panel.getByRole('button', { name: 'New folder' }).click();
  await panel.getByLabel(/^New name of/).fill(`night-${application}`);
  await page.keyboard.press('Enter');
  await datalab.file(`night-${application}`).dblclick();
  await expect(panel).toContainText('This folder is empty');

  await datalab.upload({ name: 'hydra.csv', content: CSV });
  await expect(datalab.file('hydra.csv')).toContainText('46 B');

  // Opened as a table: in Notebook 7 in a tab of the browser's.
  if (application === 'lab') {
    await datalab.file('hydra.csv').dblclick();
    await expect(page.locator('.jp-CSVViewer').last()).toBeVisible();
  } else {
    const opening = page.context().waitForEvent('page');
    await datalab.file('hydra.csv').dblclick();
    const opened = await opening;
    await expect(
      opened.locator('.jp-CSVViewer, .jp-FileEditor').first()
    ).toBeVisible({ timeout: 90_000 });
    await opened.close();
  }

  // F2, and all but the ending is marked.
  await datalab.file('hydra.csv').click();
  await page.keyboard.press('F2');
  await expect(panel.getByLabel('New name of hydra.csv')).toBeFocused();
  await page.keyboard.type('members');
  await page.keyboard.press('Enter');
  await expect(datalab.file('members.csv')).toBeVisible();
  await expect(datalab.file('hydra.csv')).toHaveCount(0);

  const downloading = page.waitForEvent('download');
  await datalab.choose(datalab.file('members.csv'), 'Download');
  const download = await downloading;
  expect(download.suggestedFilename()).toBe('members.csv');
  expect(readFileSync(await download.path(), 'utf8')).toBe(CSV);

  // By the menu to the files of Jupyter, asked about when it is there already.
  const copy = `${folder}/members.csv`;
  await datalab.choose(datalab.file('members.csv'), 'Copy to Jupyter');
  await expect.poll(() => local(datalab, copy)).toBe(CSV);
  await datalab.choose(datalab.file('members.csv'), 'Copy to Jupyter');
  await page.getByRole('button', { name: 'Keep both' }).click();
  await expect
    .poll(() => local(datalab, `${folder}/members-1.csv`))
    .toBe(CSV);

  // By dragging from one file browser to the other, and back.
  if (application === 'lab') {
    await datalab.choose(
      page.locator('.jp-SideBar .lm-TabBar-tab[data-id="jupyterlab-datalab"]'),
      'Switch Sidebar Side'
    );
    await page
      .locator('.jp-SideBar .lm-TabBar-tab[data-id="filebrowser"]')
      .click();
    await expect(panel).toBeVisible();
  }
  const browser = page.locator('.jp-FileBrowser:visible');
  const item = (name: string) =>
    browser.locator('.jp-DirListing-item', { hasText: name });
  await expect(item('members-1.csv')).toBeVisible({ timeout: 90_000 });
  await datalab.dragOnto(
    item('members-1.csv'),
    panel.locator('.jp-DataLab-files')
  );
  await expect(datalab.file('members-1.csv')).toBeVisible();
  await datalab.choose(datalab.file('members-1.csv'), 'Rename');
  await expect(panel.getByLabel('New name of members-1.csv')).toBeFocused();
  await page.keyboard.type('dragged');
  await page.keyboard.press('Enter');
  await expect(datalab.file('dragged.csv')).toBeVisible();
  await datalab.dragOnto(
    datalab.file('dragged.csv'),
    browser.locator('.jp-DirListing-content')
  );
  await expect.poll(() => local(datalab, `${folder}/dragged.csv`)).toBe(CSV);

  // Deleted after a question; Backspace leads out of the folder.
  await datalab.file('dragged.csv').click();
  await page.keyboard.press('Delete');
  await page.locator('.jp-Dialog').getByText('Delete', { exact: true }).click();
  await expect(datalab.file('dragged.csv')).toHaveCount(0);
  await datalab.file('members.csv').click();
  await page.keyboard.press('Backspace');
  await expect(datalab.file(`night-${application}`)).toBeFocused();

  // A new notebook is one of Jupyter's, also while the storage was used last.
  await page.locator('.lm-MenuBar').getByText('File', { exact: true }).click();
  await page.locator('.lm-Menu-item', { hasText: 'New' }).first().hover();
  const entry = page.locator(
    '.lm-Menu-item[data-command="notebook:create-new"]'
  );
  if (application === 'lab') {
    await entry.first().click();
    await page.getByRole('button', { name: 'Select Kernel' }).click();
  } else {
    const opening = page.context().waitForEvent('page');
    await entry.first().click();
    await (await opening).close();
  }
  await expect
    .poll(() => local(datalab, `${folder}/Untitled.ipynb`))
    .not.toBeNull();
});

test('a file and a table of one’s own are dragged into a notebook, and run', async ({
  datalab,
  application
}) => {
  const { page, panel } = datalab;
  const table = `stars_${application}`;
  await datalab.openNotebook([
    `import datalab_toolkit as dl

dl.query("SELECT TOP 7 ra, dec FROM gaia_dr3.gaia_source_g10", out="mydb://${table}")`,
    '# below'
  ]);
  await datalab.showTables();

  // The query makes a table, which comes into sight by itself.
  await datalab.run(0);
  const row = datalab.row(table);
  await expect(row).toBeVisible({ timeout: 90_000 });
  const target = async () => {
    const box = (await datalab.cells.last().boundingBox())!;
    return [box.x + box.width / 2, box.y + 8] as const;
  };
  await datalab.drag(row, ...(await target()));
  await expect(datalab.cells).toHaveCount(3);
  expect(await datalab.source(1)).toContain(`FROM mydb.${table}`);
  await expect((await datalab.run(1)).locator('table')).toContainText('ra');

  await row.click();
  await expect(datalab.details).toContainText('Only you can see it');
  await datalab.details.getByRole('button', { name: 'Rename' }).click();
  await page.locator('.jp-Dialog input').fill(`${table}_2`);
  await page.keyboard.press('Enter');
  await expect(datalab.row(`${table}_2`)).toBeVisible();
  await expect(row).toHaveCount(0);
  await datalab.choose(datalab.row(`${table}_2`), 'Drop Table');
  await page.locator('.jp-Dialog').getByText('Drop', { exact: true }).click();
  await expect(datalab.row(`${table}_2`)).toHaveCount(0);

  await datalab.showStorage();
  const name = `sky-${application}.csv`;
  await datalab.upload({ name, content: CSV });
  await expect(datalab.file(name)).toBeVisible();
  await datalab.drag(datalab.file(name), ...(await target()));
  await expect(datalab.cells).toHaveCount(4);
  expect(await datalab.source(2)).toBe(
    `import pandas as pd\n\ndf = pd.read_csv("vos://${name}")\ndf`
  );
  await expect((await datalab.run(2)).locator('table')).toContainText('158.1');
  await expect(panel.getByRole('alert')).toHaveCount(0);
});

test('the files stay in sight while the Data Lab is down', async ({
  datalab,
  application
}) => {
  test.skip(application === 'notebook', 'one restart of the Data Lab is enough');
  await datalab.open();
  await datalab.show();
  await datalab.showStorage();
  await expect(datalab.file('public')).toBeVisible();
  const runtime = join(SERVER.state, 'runtime');
  const name = readdirSync(runtime).find(f => /^datalab-[0-9a-f]+\.json$/.test(f));
  const lastKnown = datalab.lastKnown('public');
  process.kill(JSON.parse(readFileSync(join(runtime, name!), 'utf8')).pid, 'SIGKILL');
  await lastKnown;
  await expect(datalab.state).toHaveText('Ready', { timeout: 90_000 });
  await expect(datalab.panel).not.toContainText('the last one known');
});

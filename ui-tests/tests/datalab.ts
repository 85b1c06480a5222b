import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';
import { expect } from '@playwright/test';
import { SERVER } from '../servers';
import type { IOptions } from './fixtures';

/** Code cells of a new notebook. */
function notebook(sources: string[], kernel: string, language: string) {
  return {
    cells: sources.map((source, index) => ({
      id: `cell${index}`,
      cell_type: 'code',
      source,
      metadata: {},
      outputs: [],
      execution_count: null
    })),
    metadata: {
      kernelspec: { name: kernel, display_name: kernel, language },
      language_info: { name: language }
    },
    nbformat: 4,
    nbformat_minor: 5
  };
}

/** The panel and a notebook, as a user meets them in either application. */
export class DataLab {
  constructor(
    readonly page: IJupyterLabPageFixture,
    readonly application: IOptions['application']
  ) {}

  get panel(): Locator {
    return this.page.locator('#jupyterlab-datalab');
  }

  get tree(): Locator {
    return this.panel.getByRole('tree');
  }

  get details(): Locator {
    return this.panel.locator('.jp-DataLab-details');
  }

  get state(): Locator {
    return this.panel.locator('.jp-DataLab-state');
  }

  get cells(): Locator {
    return this.page.locator('.jp-Notebook .jp-Cell');
  }

  /** The row of a schema, table or column. */
  row(name: string): Locator {
    return this.tree
      .getByRole('treeitem')
      .filter({ has: this.page.getByText(name, { exact: true }) });
  }

  /** A file or folder of the storage. */
  file(name: string): Locator {
    return this.panel
      .locator('.jp-DataLab-file')
      .filter({ has: this.page.getByText(name, { exact: true }) });
  }

  /** Show the files at the Data Lab. */
  async showStorage(): Promise<void> {
    await this.panel
      .getByRole('tab', { name: 'Storage' })
      .click({ timeout: 90_000 });
  }

  /** Choose an entry of a context menu. */
  async choose(target: Locator, entry: string): Promise<void> {
    await target.click({ button: 'right' });
    const menu = this.page.locator('.lm-Menu').last();
    await menu
      .locator('.lm-Menu-itemLabel', { hasText: entry })
      .first()
      .click();
  }

  /** Upload files, as a user chooses them. */
  async upload(...files: { name: string; content: string }[]): Promise<void> {
    const choosing = this.page.waitForEvent('filechooser');
    await this.panel
      .getByRole('button', { name: 'Upload files' })
      .first()
      .click();
    await (await choosing).setFiles(
      files.map(({ name, content }) => ({
        name,
        mimeType: 'application/octet-stream',
        buffer: Buffer.from(content)
      }))
    );
  }

  /** Open the application without a notebook. */
  async open(url = SERVER.url): Promise<void> {
    await this.page.goto(
      `${url}/${this.application === 'lab' ? 'lab' : 'tree'}`
    );
  }

  /** Choose a theme: `Light` or `Dark`. */
  async useTheme(name: string): Promise<void> {
    await this.page.evaluate(
      theme =>
        (window as any).jupyterapp.commands.execute('apputils:change-theme', {
          theme
        }),
      `JupyterLab ${name}`
    );
    await expect(this.page.locator('#jupyterlab-splash')).toHaveCount(0);
  }

  /** Have the Data Lab seem away while `isAway` of what is returned is set. */
  async seemAway(message: string): Promise<{ isAway: boolean }> {
    const now = { isAway: false };
    await this.page.route('**/jupyterlab-datalab/api/datalab/status*', route =>
      now.isAway
        ? route.fulfill({
            json: {
              ...{ state: 'down', message, features: [] },
              ...{ schemas: 0, tables: 0, restarts: 0 }
            }
          })
        : route.continue()
    );
    return now;
  }

  /** Wait until the panel shows something only as the last that was known. */
  async lastKnown(inSight: string): Promise<void> {
    // In each frame of the page: it may be over before a test looks again.
    await this.page.waitForFunction(inSight => {
      const panel = document.querySelector('#jupyterlab-datalab')!;
      const state = panel.querySelector('.jp-DataLab-state')!;
      return (
        state.textContent!.trim() !== 'Ready' &&
        panel.textContent!.includes('the last one known') &&
        (panel as HTMLElement).innerText.includes(inSight)
      );
    }, inSight);
  }

  /** Wait until the state of the application that is kept has some text in it. */
  async kept(text: string): Promise<void> {
    await this.page.waitForRequest(
      request =>
        request.method() === 'PUT' &&
        request.url().includes('/api/workspaces/') &&
        request.postData()!.includes(text)
    );
  }

  /** Open a new notebook with these cells. */
  async openNotebook(
    sources: string[],
    {
      kernel = 'python3',
      language = 'python',
      name = `sky-${Date.now()}`
    } = {}
  ): Promise<void> {
    const answer = await this.page.request.put(
      `${SERVER.url}/api/contents/${name}.ipynb`,
      {
        data: {
          type: 'notebook',
          format: 'json',
          content: notebook(sources, kernel, language)
        }
      }
    );
    expect(answer.ok()).toBe(true);
    const place = this.application === 'lab' ? 'lab/tree' : 'notebooks';
    // Without the workspace of the notebook before, which JupyterLab opens again.
    await this.page.goto(`${SERVER.url}/${place}/${name}.ipynb?reset`);
    await expect(this.cells).toHaveCount(sources.length);
  }

  /** Show the panel as a user does, by the View menu. */
  async show(): Promise<void> {
    const bar = this.page.locator('.lm-MenuBar');
    await bar.getByText('View', { exact: true }).click();
    await this.page
      .locator('.lm-Menu-item', { hasText: 'Data Lab' })
      .first()
      .click();
    await expect(this.panel).toBeVisible();
  }

  /** Show the panel and wait for the tables. */
  async showTables(): Promise<void> {
    await this.show();
    await expect(this.row('gaia_source_g10')).toBeVisible({ timeout: 90_000 });
  }

  async unfold(name: string): Promise<void> {
    await this.row(name).locator('.jp-DataLab-caret').click();
    await expect(this.row(name)).toHaveAttribute('aria-expanded', 'true');
  }

  /** Drag with the mouse from the middle of one element to that of another. */
  async dragOnto(from: Locator, to: Locator): Promise<void> {
    const start = (await from.boundingBox())!;
    const end = (await to.boundingBox())!;
    const { mouse } = this.page;
    const [x, y] = [start.x + 60, start.y + start.height / 2];
    await mouse.move(x, y);
    await mouse.down();
    await mouse.move(x + 12, y + 4, { steps: 3 });
    await expect(this.page.locator('.lm-mod-drag-image')).toBeVisible();
    await mouse.move(end.x + 60, end.y + end.height / 2, { steps: 8 });
    await mouse.move(end.x + 62, end.y + end.height / 2);
    await mouse.up();
  }

  /** Drag with the mouse, from the middle of one element to a point. */
  async drag(from: Locator, x: number, y: number): Promise<void> {
    const box = (await from.boundingBox())!;
    const { mouse } = this.page;
    await mouse.move(box.x + box.width / 2, box.y + box.height / 2);
    await mouse.down();
    await mouse.move(box.x + box.width / 2 + 12, box.y + box.height / 2 + 4);
    await expect(this.page.locator('.jp-DataLab-dragImage')).toBeVisible();
    await mouse.move(x - 5, y, { steps: 8 });
    await mouse.move(x, y);
    await mouse.up();
  }

  /** The point between two characters of a one-line cell. */
  async pointInCell(cell: number, text: string): Promise<[number, number]> {
    const box = await this.cells
      .nth(cell)
      .locator('.cm-line')
      .first()
      .evaluate((line, text) => {
        const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
        const range = document.createRange();
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
          const at = node.textContent!.indexOf(text);
          if (at >= 0) {
            range.setStart(node, at);
            range.setEnd(node, at + 1);
            const { left, top, height } = range.getBoundingClientRect();
            return { left, middle: top + height / 2 };
          }
        }
        throw new Error(`There is no ${text} in the cell.`);
      }, text);
    return [box.left + 1, box.middle];
  }

  /** The source of a cell. */
  async source(cell: number): Promise<string> {
    return this.page.evaluate(index => {
      const { shell } = (window as any).jupyterapp;
      const { content } = shell.currentWidget;
      return content.model.cells.get(index).sharedModel.getSource();
    }, cell);
  }

  /** Run a cell as a user does, and wait until the kernel is done with it. */
  async run(cell: number): Promise<Locator> {
    const element = this.cells.nth(cell);
    // JupyterLab runs nothing, and does not say so, before the kernel is connected.
    await this.page.waitForFunction(() => {
      const { sessionContext } = (window as any).jupyterapp.shell.currentWidget;
      return sessionContext.session?.kernel?.connectionStatus === 'connected';
    });
    await element.locator('.cm-content').click();
    const prompt = element.locator('.jp-InputArea-prompt');
    const before = await prompt.innerText();
    await this.page.keyboard.press('Control+Enter');
    await expect(prompt).not.toHaveText(before); // it may have a number already
    await expect(prompt).toHaveText(/\[\d+\]/, { timeout: 90_000 });
    return element.locator('.jp-OutputArea');
  }
}

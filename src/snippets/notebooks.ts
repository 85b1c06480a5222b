import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Cell } from '@jupyterlab/cells';
import type { IConsoleTracker } from '@jupyterlab/console';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { NotebookActions } from '@jupyterlab/notebook';
import type { TranslationBundle } from '@jupyterlab/translation';

/** Why something cannot be inserted, in a sentence for people. */
export class InsertError extends Error {}

/** Puts code into notebooks. Nothing is ever run. */
export class NotebookWriter {
  constructor(
    private _shell: JupyterFrontEnd.IShell,
    private _notebooks: INotebookTracker | null,
    private _consoles: IConsoleTracker | null,
    private _trans: TranslationBundle
  ) {}

  /** Insert a code cell below the active one, or fill that if it is empty. */
  async insertCell(code: string): Promise<void> {
    const panel = this._notebook();
    this._checkLanguage(panel);
    const notebook = panel.content;
    const active = notebook.activeCell;
    if (!active || !isEmptyCode(active)) {
      NotebookActions.insertBelow(notebook);
    }
    notebook.activeCell?.model.sharedModel.setSource(code);
    await this._show(panel);
  }

  /** Insert text where the cursor of the active cell is. */
  async insertText(text: string): Promise<void> {
    const panel = this._notebook();
    const cell = panel.content.activeCell;
    if (!cell || cell.readOnly) {
      throw new InsertError(
        this._trans.__('The active cell is read-only. Choose another cell.')
      );
    }
    if (!cell.editor) {
      // A cell out of sight has no editor until it is scrolled to.
      await panel.content.scrollToCell(cell);
      await cell.ready;
    }
    cell.editor?.replaceSelection?.(text);
    await this._show(panel);
  }

  /**
   * Insert a code cell below the cell that holds a node of the page.
   *
   * @returns Whether a notebook took it.
   */
  insertBelowNode(node: Node, code: string): boolean {
    const panel = this._notebooks?.find(p => p.content.node.contains(node));
    const cells = panel?.content.widgets ?? [];
    const index = cells.findIndex(cell => cell.node.contains(node));
    if (!panel?.content.model || panel.content.model.readOnly || index < 0) {
      return false;
    }
    const notebook = panel.content;
    notebook.activeCellIndex = index;
    NotebookActions.insertBelow(notebook);
    notebook.activeCell?.model.sharedModel.setSource(code);
    void this._show(panel);
    return true;
  }

  /**
   * The language of the notebook in front when it is not Python: snippets are
   * of no use there.
   */
  get foreignLanguage(): string {
    const panel = this._notebooks?.currentWidget;
    return panel ? foreign(panel.content.model?.defaultKernelLanguage) : '';
  }

  private _notebook(): NotebookPanel {
    const front = this._shell.currentWidget;
    const current = this._consoles?.currentWidget;
    if (front && current === front) {
      throw new InsertError(
        this._trans.__(
          'A console is in front. Open a notebook to insert into, or copy the query.'
        )
      );
    }
    const panel = this._notebooks?.currentWidget;
    if (!panel?.content.model) {
      throw new InsertError(
        this._trans.__('No notebook is open. Open one to insert into.')
      );
    }
    if (panel.content.model.readOnly) {
      throw new InsertError(
        this._trans.__('The notebook %1 is read-only.', panel.title.label)
      );
    }
    return panel;
  }

  private _checkLanguage(panel: NotebookPanel): void {
    // The notebook keeps it; a busy or dead kernel would not answer.
    const language = foreign(panel.content.model?.defaultKernelLanguage);
    if (language) {
      throw new InsertError(
        this._trans.__(
          'The notebook %1 runs %2, and the snippet is Python. Copy the query instead.',
          panel.title.label,
          language
        )
      );
    }
  }

  private async _show(panel: NotebookPanel): Promise<void> {
    this._shell.activateById(panel.id);
    await NotebookActions.focusActiveCell(panel.content);
  }
}

function foreign(language = ''): string {
  return /^i?python/i.test(language) ? '' : language;
}

function isEmptyCode(cell: Cell): boolean {
  return (
    cell.model.type === 'code' &&
    !cell.readOnly &&
    cell.model.sharedModel.getSource().trim() === ''
  );
}

import { MimeData } from '@lumino/coreutils';
import { Drag } from '@lumino/dragdrop';
import type { ICodeCell } from '@jupyterlab/nbformat';

const CELLS = 'application/vnd.jupyter.cells';

/** What a drag puts down. */
export interface IDraggable {
  /** What goes into an existing cell. */
  text: string;
  /** The source of a new cell; null to go into an existing cell only. */
  code: string | null;
  /** What is seen under the pointer. */
  label: string;
}

/** A drag under way. */
export class SnippetDrag {
  constructor(content: IDraggable) {
    this.set(content);
    this._image.className = 'jp-DataLab-dragImage';
    this._image.textContent = content.label;
  }

  /** Change what will be put down. */
  set({ text, code }: IDraggable): void {
    this._mime.setData('text/plain', text);
    if (code !== null) {
      this._mime.setData(CELLS, [codeCell(code)]);
    }
  }

  /** Carry something more, for those who know it. */
  carry(type: string, data: unknown): void {
    this._mime.setData(type, data);
  }

  /** Follow the pointer until the button is let go. */
  async start(clientX: number, clientY: number): Promise<void> {
    const drag = new Drag({
      mimeData: this._mime,
      dragImage: this._image,
      supportedActions: 'copy-move',
      proposedAction: 'copy',
      source: this
    });
    await drag.start(clientX, clientY);
    drag.dispose();
  }

  private _image = document.createElement('div');
  private _mime = new MimeData();
}

function codeCell(source: string): ICodeCell {
  return {
    cell_type: 'code',
    source,
    metadata: {},
    outputs: [],
    execution_count: null
  };
}

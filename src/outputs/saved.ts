import { CodeCell } from '@jupyterlab/cells';
import type { INotebookTracker, NotebookPanel } from '@jupyterlab/notebook';
import { Widget } from '@lumino/widgets';

/** What ipywidgets writes when no kernel knows a widget any more. */
const LOST = 'Error displaying widget: model not found';

/** What outputs keep beside their widget, for then; the best first. */
const PICTURES = ['image/png', 'text/html'];

/**
 * Show the picture or the text that an output keeps beside its widget where a
 * saved notebook was opened again and no kernel knows the widget.
 */
export function showSaved(notebooks: INotebookTracker): void {
  notebooks.widgetAdded.connect((_, panel) => watch(panel));
  notebooks.forEach(watch);
}

function watch(panel: NotebookPanel): void {
  const observer = new MutationObserver(records => {
    for (const { target, addedNodes } of records) {
      if (addedNodes.length === 1 && addedNodes[0].nodeName === '#text') {
        if (target.textContent === LOST && target instanceof HTMLElement) {
          void show(panel, target);
        }
      }
    }
  });
  observer.observe(panel.content.node, { childList: true, subtree: true });
  panel.disposed.connect(() => observer.disconnect());
}

/** Put what an output keeps in the place of its lost widget. */
async function show(panel: NotebookPanel, node: HTMLElement): Promise<void> {
  const cell = panel.content.widgets.find(c => c.node.contains(node));
  if (!(cell instanceof CodeCell)) {
    return;
  }
  const area = cell.outputArea;
  const index = area.widgets.findIndex(w => w.node.contains(node));
  const output = index < 0 ? null : area.model.get(index);
  const kind = PICTURES.find(mime => output?.data[mime] !== undefined);
  if (!output || !kind) {
    return;
  }
  const picture = panel.content.rendermime.createRenderer(kind);
  await picture.renderModel(output);
  node.replaceChildren();
  Widget.attach(picture, node);
  cell.disposed.connect(() => picture.dispose());
}

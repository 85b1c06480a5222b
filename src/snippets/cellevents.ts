import type { NotebookWriter } from './notebooks';

/** Sent by a widget in an output that wants a code cell below its own. */
const INSERT_CELL = 'datalab:insert-cell';

/** Insert the cells that widgets ask for. They are never run. */
export function listenToWidgets(writer: NotebookWriter): void {
  document.addEventListener(INSERT_CELL, event => {
    const { code, language } = (event as CustomEvent).detail ?? {};
    const source = event.composedPath()[0];
    if (
      typeof code === 'string' &&
      language === 'python' &&
      source instanceof Node &&
      writer.insertBelowNode(hostOf(source), code)
    ) {
      event.preventDefault();
    }
  });
}

/** The node of the page that a node in shadow roots belongs to. */
function hostOf(node: Node): Node {
  const root = node.getRootNode();
  return root instanceof ShadowRoot ? hostOf(root.host) : node;
}

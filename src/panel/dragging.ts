import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { INode } from '../catalogue/nodes';
import { nameIn, queryOf, snippet } from '../commands';
import type { DataLabModel } from '../model';
import type { QueryTable } from '../snippets';
import type { IDraggable } from '../snippets/drag';
import { SnippetDrag } from '../snippets/drag';
import type { NotebookWriter } from '../snippets/notebooks';

export interface IDragContext {
  model: DataLabModel;
  writer: NotebookWriter;
  trans: TranslationBundle;
}

/**
 * Drag a table or a column: as a new cell with a query, or as its name into an
 * existing cell.
 */
export async function dragNode(
  { model, writer, trans }: IDragContext,
  node: INode,
  { clientX, clientY }: PointerEvent,
  asText: boolean
): Promise<void> {
  const catalogue = model.session?.catalogue;
  if (!catalogue || node.table === undefined) {
    return;
  }
  const language = writer.foreignLanguage;
  const asQuery = language !== '' && !asText;
  const draggable = (table: QueryTable): IDraggable => ({
    label: node.column ?? table.name,
    text: asQuery ? queryOf(node, table) : nameIn(node, table),
    code: asText || language ? null : snippet(model, node, table)
  });
  const known = catalogue.asked(node)?.table;
  const drag = new SnippetDrag(
    draggable(known ?? { schema: node.schema, name: node.table })
  );
  if (asQuery) {
    Notification.info(
      trans.__(
        'The notebook runs %1: drop on a cell to insert the query as ADQL.',
        language
      ),
      { autoClose: 5000 }
    );
  }
  // The columns may come while the pointer is still on its way.
  void catalogue.ask(node).then(table => table && drag.set(draggable(table)));
  await drag.start(clientX, clientY);
}

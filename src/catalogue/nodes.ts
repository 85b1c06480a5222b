/** What a row of the tree stands for. */
export interface INode {
  schema: string;
  table?: string;
  column?: string;
}

/** One text for one node, safe for any character in a name. */
export function nodeId(node: INode): string {
  return JSON.stringify(
    [node.schema, node.table, node.column].filter(part => part !== undefined)
  );
}

/** The node of an id made by `nodeId`, null when the text is none. */
export function nodeOf(id: string): INode | null {
  try {
    const [schema, table, column] = JSON.parse(id);
    return typeof schema === 'string' ? { schema, table, column } : null;
  } catch {
    return null;
  }
}

/** The name of a node's table in the routes of the server extension. */
export function fullName(node: INode): string {
  return node.schema ? `${node.schema}.${node.table}` : String(node.table);
}

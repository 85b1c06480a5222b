import type { ApiError, IColumn, ISchema, ITableSummary } from '../api';
import type { Catalogue } from './catalogue';
import type { Listing } from './listing';
import type { INode } from './nodes';
import { nodeId } from './nodes';
import { isOwn } from '../mydb/schemas';

/** Where a row stands among its siblings, as `aria-*` counts. */
interface IPlace {
  /** Unique in the tree and stable while the tree changes. */
  id: string;
  level: number;
  position: number;
  /** The number of siblings, -1 when it is not known. */
  siblings: number;
}

interface IBranch {
  node: INode;
  expanded: boolean;
}

/** One line of the tree. */
export type Row = IPlace &
  /** `atLeast`: there may be more tables than the schema counts. */
  (
    | (IBranch & { kind: 'schema'; schema: ISchema; atLeast?: boolean })
    | (IBranch & { kind: 'table'; table: ITableSummary })
    | { kind: 'column'; node: INode; column: IColumn }
    /** More tables are there; `load` reads the next. */
    | { kind: 'more'; shown: number; total: number; load: () => void }
    /** What stands where children are still on their way. */
    | { kind: 'loading' }
    /** Nothing is inside; `own`: of the tables of the user's own. */
    | { kind: 'nothing'; own: boolean }
    | { kind: 'error'; error: ApiError; retry: () => void }
  );

/** A row that can be chosen, dragged and used by commands. */
export type NodeRow = Extract<Row, { node: INode }>;

export function isNodeRow(row: Row): row is NodeRow {
  return 'node' in row;
}

/** The lines of the tree from top to bottom, closed branches left out. */
export function flatten(catalogue: Catalogue): Row[] {
  return catalogue.found
    ? searchRows(catalogue, catalogue.found)
    : schemaRows(catalogue, catalogue.schemas ?? []);
}

function schemaRows(catalogue: Catalogue, schemas: ISchema[]): Row[] {
  const rows: Row[] = [];
  schemas.forEach((schema, index) => {
    const node = { schema: schema.name };
    const expanded = catalogue.isExpanded(node);
    rows.push({
      kind: 'schema',
      id: nodeId(node),
      level: 1,
      position: index + 1,
      siblings: schemas.length,
      node,
      expanded,
      schema
    });
    const listing = catalogue.listing(schema.name);
    if (expanded && listing) {
      rows.push(
        ...tableRows(catalogue, listing.tables, listing.total),
        ...endRows(listing, nodeId(node), 2, isOwn(schema.name))
      );
    }
  });
  return rows;
}

/** The tables found, under the schemas they were found in. */
function searchRows(catalogue: Catalogue, found: Listing): Row[] {
  const bySchema = new Map<string, ITableSummary[]>();
  for (const table of found.tables) {
    bySchema.set(table.schema, [...(bySchema.get(table.schema) ?? []), table]);
  }
  const rows: Row[] = [];
  const known = new Map(catalogue.schemas?.map(s => [s.name, s]));
  [...bySchema].forEach(([name, tables], index) => {
    const node = { schema: name };
    const expanded = catalogue.isExpanded(node);
    rows.push({
      kind: 'schema',
      id: nodeId(node),
      level: 1,
      position: index + 1,
      siblings: found.partial ? -1 : bySchema.size,
      node,
      expanded,
      schema: {
        name,
        description: known.get(name)?.description ?? '',
        tables: tables.length
      },
      atLeast: found.partial && index === bySchema.size - 1
    });
    if (expanded) {
      const siblings = found.partial ? -1 : tables.length;
      rows.push(...tableRows(catalogue, tables, siblings));
    }
  });
  return [...rows, ...endRows(found, 'found', 1)];
}

function tableRows(
  catalogue: Catalogue,
  tables: ITableSummary[],
  siblings: number
): Row[] {
  return tables.flatMap((table, index): Row[] => {
    const node = { schema: table.schema, table: table.name };
    const expanded = catalogue.isExpanded(node);
    const row: Row = {
      kind: 'table',
      id: nodeId(node),
      level: 2,
      position: index + 1,
      siblings,
      node,
      expanded,
      table
    };
    return expanded ? [row, ...columnRows(catalogue, node)] : [row];
  });
}

function columnRows(catalogue: Catalogue, table: INode): Row[] {
  const asked = catalogue.asked(table);
  const alone = { level: 3, position: 1, siblings: 1 };
  if (asked?.table) {
    const { columns } = asked.table;
    return columns.map((column, index) => {
      const node = { ...table, column: column.name };
      return {
        kind: 'column',
        id: nodeId(node),
        level: 3,
        position: index + 1,
        siblings: columns.length,
        node,
        column
      };
    });
  }
  const id = nodeId(table);
  if (asked?.error) {
    const retry = () => void catalogue.ask(table);
    return [
      { kind: 'error', id: `${id}!`, ...alone, error: asked.error, retry }
    ];
  }
  return [{ kind: 'loading', id: `${id}…`, ...alone }];
}

/** What follows the tables of a list: more of them, an error, or nothing. */
function endRows(
  listing: Listing,
  parent: string,
  level: number,
  own = false
): Row[] {
  const shown = listing.tables.length;
  const place = { level, position: shown + 1, siblings: listing.total };
  if (listing.error) {
    const retry = () => void listing.reload();
    return [
      { kind: 'error', id: `${parent}!`, ...place, error: listing.error, retry }
    ];
  }
  if (listing.partial) {
    const load = () => void listing.more();
    const { total } = listing;
    return [{ kind: 'more', id: `${parent}+`, ...place, shown, total, load }];
  }
  if (shown) {
    return [];
  }
  const id = `${parent}…`;
  return listing.loading
    ? [{ kind: 'loading', id, ...place }]
    : [{ kind: 'nothing', id, ...place, own }];
}

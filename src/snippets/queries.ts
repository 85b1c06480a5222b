import type { IColumn, ITable } from '../api';
import { quoteColumn, quoteTable } from './names';

/** How many principal columns a query names before it says `*`. */
const MAX_COLUMNS = 12;

/** How many rows a query asks for unless told. */
export const SNIPPET_ROWS = 100;

/** A table as a query needs it; its columns may not be known yet. */
export type QueryTable = Pick<ITable, 'schema' | 'name' | 'query_name'> & {
  columns?: Pick<IColumn, 'name' | 'principal'>[];
};

/** The ADQL that reads the first rows of a table. */
export function tableQuery(table: QueryTable, rows = SNIPPET_ROWS): string {
  const names = (table.columns ?? []).map(column => column.name);
  const principal = (table.columns ?? [])
    .filter(column => column.principal)
    .slice(0, MAX_COLUMNS)
    .map(column => quoteColumn(column.name, names));
  return select(principal.length ? principal : ['*'], table, rows);
}

/** The ADQL that reads one column of a table. */
export function columnQuery(
  table: QueryTable,
  column: string,
  rows = SNIPPET_ROWS
): string {
  return select([columnName(table, column)], table, rows);
}

/** The name of a column, as a query on its table writes it. */
export function columnName(table: QueryTable, column: string): string {
  return quoteColumn(
    column,
    (table.columns ?? []).map(other => other.name)
  );
}

function select(names: string[], table: QueryTable, rows: number): string {
  return `SELECT TOP ${rows} ${wrap(names)}\nFROM ${quoteTable(table)}`;
}

/** Names in lines of at most 80 characters, as a person would write them. */
function wrap(names: string[]): string {
  const lines = [''];
  for (const name of names) {
    const line = lines[lines.length - 1];
    const longer = line ? `${line}, ${name}` : name;
    if (line && longer.length > 64) {
      lines[lines.length - 1] = `${line},`;
      lines.push(name);
    } else {
      lines[lines.length - 1] = longer;
    }
  }
  return lines.join('\n       ');
}

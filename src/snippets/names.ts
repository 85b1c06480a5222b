import { RESERVED_WORDS } from './reserved';

/** A regular identifier of ADQL 2.1, section 2.1.3. */
const REGULAR = /^[A-Za-z][A-Za-z0-9_]*$/;

/** A delimited identifier, quotes inside doubled. */
const DELIMITED = /^"(?:[^"]|"")+"$/;

/**
 * Write a name as ADQL reads it, quoted when it has to be.
 *
 * TAP services list a name that needs quotes with its quotes (TAP 1.1,
 * section 4), so a name already in quotes stays as it is.
 */
export function quoteName(name: string): string {
  if (DELIMITED.test(name)) {
    return name;
  }
  if (REGULAR.test(name) && !RESERVED_WORDS.has(name.toUpperCase())) {
    return name;
  }
  return `"${name.replace(/"/g, '""')}"`;
}

/**
 * Write the name of a column, quoted too when another column of the table
 * differs from it in case alone.
 */
export function quoteColumn(name: string, siblings: string[]): string {
  const folded = name.toLowerCase();
  const ambiguous = siblings.some(
    other => other !== name && other.toLowerCase() === folded
  );
  return ambiguous && !DELIMITED.test(name) ? `"${name}"` : quoteName(name);
}

/** Write the full name of a table as a query does. */
export function quoteTable(table: {
  schema: string;
  name: string;
  query_name?: string;
}): string {
  if (table.query_name) {
    return table.query_name;
  }
  const name = quoteName(table.name);
  return table.schema ? `${quoteName(table.schema)}.${name}` : name;
}

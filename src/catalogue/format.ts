import type { IColumn, IResultColumn, Value } from '../api';

/** What the values of a column are, as the icons tell it. */
export type ColumnType =
  'boolean' | 'number' | 'other' | 'position' | 'text' | 'time';

/** The type names of ADQL and those of VOTable, which TAP services mix. */
const TYPES: [ColumnType, RegExp][] = [
  ['boolean', /^bool/i],
  ['time', /^timestamp/i],
  ['text', /^(char|varchar|clob|unicodechar|string)/i],
  [
    'number',
    /^(smallint|integer|bigint|real|double|float|numeric|decimal|short|int|long|unsignedbyte)/i
  ]
];

export function columnType(
  column: Pick<IColumn, 'datatype' | 'ucd'>
): ColumnType {
  if (/^(point|circle|polygon)/i.test(column.datatype) || isPosition(column)) {
    return 'position';
  }
  return TYPES.find(([, names]) => names.test(column.datatype))?.[0] ?? 'other';
}

/** Whether a column has right ascensions or declinations. */
export function isPosition(column: Pick<IColumn, 'ucd'>): boolean {
  return /^pos\.eq\.(ra|dec)(;|$)/i.test(column.ucd);
}

/** The type as a person writes it: `DOUBLE`, `VARCHAR(12)`, `real[3]`. */
export function typeName(
  column: Pick<IColumn, 'datatype' | 'arraysize'>
): string {
  const { datatype, arraysize } = column;
  if (!arraysize || arraysize === '1' || arraysize === '*') {
    return datatype;
  }
  return columnType({ datatype, ucd: '' }) === 'text'
    ? `${datatype}(${arraysize})`
    : `${datatype}[${arraysize}]`;
}

/** A number of rows or tables, with separators: 482,176. */
export function count(value: number): string {
  return value.toLocaleString();
}

/** A part of a whole in percent: 53 %, 0.4 %, < 0.1 %. */
export function share(part: number, whole: number): string {
  const percent = (100 * part) / whole;
  if (percent < 0.1) {
    return '< 0.1 %';
  }
  return percent < 1 || (percent > 99 && percent < 100)
    ? `${Math.min(percent, 99.9).toFixed(1)} %`
    : `${Math.round(percent)} %`;
}

/** One value of a result, as a cell of a table shows it. */
export interface ICellText {
  kind: 'null' | 'not-finite' | 'number' | 'text';
  text: string;
  /** The value with all its digits, when `text` has fewer. */
  exact?: string;
}

/** Digits that a value of this type can tell: IEEE 754 single and double. */
const SINGLE_DIGITS = 7;
const DOUBLE_DIGITS = 10;

export function cellText(
  value: Value,
  column: Pick<IResultColumn, 'datatype' | 'ucd'>
): ICellText {
  if (value === null) {
    return { kind: 'null', text: 'NULL' };
  }
  const numeric = /number|position/.test(columnType(column));
  if (typeof value === 'number') {
    return number(value, /^(real|float)/i.test(column.datatype));
  }
  if (typeof value === 'string' && numeric) {
    const finite = /\d/.test(value);
    return { kind: finite ? 'number' : 'not-finite', text: infinity(value) };
  }
  return { kind: 'text', text: String(value) };
}

function number(value: number, single: boolean): ICellText {
  const exact = String(value);
  const digits = single ? SINGLE_DIGITS : DOUBLE_DIGITS;
  const text = String(Number(value.toPrecision(digits)));
  return Number.isInteger(value) || text === exact
    ? { kind: 'number', text: exact }
    : { kind: 'number', text, exact };
}

function infinity(text: string): string {
  return text.replace(/^(-?)Infinity$/, '$1∞');
}

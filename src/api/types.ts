/**
 * The JSON of the server extension, under the names it has on the wire.
 */

/** A TAP service the user may choose. */
export interface IService {
  name: string;
  title: string;
  kind: 'datalab' | 'tap';
}

/** What a Data Lab may offer beyond TAP. */
export type Feature = 'density' | 'demo' | 'hips' | 'statistics';

/** How a service is. */
export interface IStatus {
  state: 'starting' | 'ready' | 'down' | 'error';
  message: string;
  features: Feature[];
  schemas: number;
  tables: number;
  restarts: number;
}

/** A set of tables under one name. */
export interface ISchema {
  name: string;
  description: string;
  tables: number;
}

/** A table as lists show it. */
export interface ITableSummary {
  schema: string;
  name: string;
  /** The name as a query writes it, when the extension tells. */
  query_name?: string;
  description: string;
  /** The number of rows, null when the service does not say. */
  rows: number | null;
  simulated: boolean;
}

/** A column of a table. */
export interface IColumn {
  name: string;
  datatype: string;
  arraysize: string;
  unit: string;
  ucd: string;
  utype: string;
  description: string;
  principal: boolean;
  indexed: boolean;
}

/** A table with all that is known of it. */
export interface ITable extends ITableSummary {
  credit: string;
  columns: IColumn[];
}

/** A part of a longer list of tables. */
export interface IPage {
  total: number;
  tables: ITableSummary[];
}

/** What the values of one column are. */
export interface IColumnStatistics {
  /** The number of values that are neither null nor NaN. */
  count: number;
  nulls: number;
  nans?: number;
  /** The extremes; 64-bit integers are strings. */
  min?: Value;
  max?: Value;
  mean?: number | null;
  /** By the share of values below: `0.5` is the median. */
  quantiles?: Record<string, number>;
  histogram?: IHistogram;
  /** How many different values there are, about. */
  distinct?: number;
  /** The most common values, where there are few different ones. */
  common?: { value: Value; count: number }[];
}

/** Counts between edges; outlying values are counted apart. */
export interface IHistogram {
  edges: number[];
  counts: number[];
  below: number;
  above: number;
}

/** What the values of a table's columns are. */
export interface IStatistics {
  table: string;
  rows: number;
  columns: Record<string, IColumnStatistics>;
}

/** Which tables to list. */
export interface ITablesRequest {
  schema?: string;
  search?: string;
  offset: number;
  limit: number;
}

/** One value of a result; 64-bit integers and non-finite numbers are strings. */
export type Value = null | boolean | number | string;

/** A column of a result. */
export type IResultColumn = Pick<
  IColumn,
  'name' | 'datatype' | 'unit' | 'ucd' | 'description'
>;

/** The rows that answer a query. */
export interface IQueryResult {
  columns: IResultColumn[];
  rows: Value[][];
  /** Whether the service held rows back. */
  overflow: boolean;
}

/** A view of the sky to count a table's rows in. */
export interface ISkyView {
  frame: 'icrs' | 'galactic';
  width: number;
  height: number;
}

/** Counts a pixel of a whole-sky Hammer-Aitoff map, row 0 = north, east left. */
export interface IDensity {
  width: number;
  height: number;
  counts: Uint32Array;
  /** The rows in view. */
  total: number;
  /** The area one count refers to, in square degrees. */
  cellArea: number;
}

/** A picture of the sky in tiles (a HiPS). */
export interface ISkyLayer {
  /** Where it is: `density/gaia_dr3.gaia_source_g10`. */
  path: string;
  kind: 'density' | 'images';
  title: string;
}

/** An object with a name. */
export interface ISkyObject {
  name: string;
  /** In degrees, ICRS. */
  ra: number;
  dec: number;
}

/** The count of a pixel outside the sky. */
export const OUTSIDE_SKY = 0xffffffff;

/** How far the demo sky is. */
export interface IDemoState {
  state: 'absent' | 'running' | 'complete' | 'failed';
  /** From 0 to 1. */
  progress: number;
  message: string;
  tables: string[];
  error: string | null;
}

/** How much of a quota is used; null for what the Data Lab does not say, or no limit. */
export interface IUsage {
  used_bytes: number | null;
  quota_bytes: number | null;
}

/** Who is signed in at the Data Lab. */
export interface IAccount {
  /** `none`: it has no accounts; `owner`: it is this computer's own. */
  state: 'none' | 'owner' | 'signed-in' | 'anonymous' | 'expired';
  name: string;
  groups: string[];
  /** When the sign-in ends. */
  expires: string | null;
  /** Who was signed in last. */
  last_name: string;
  storage: IUsage | null;
  mydb: IUsage | null;
}

/** A table of the user's own. */
export interface IMyTable {
  name: string;
  rows: number;
  bytes: number;
  description: string;
  /** Groups and users who may read it; `public` for everybody. */
  shared_with: string[];
}

/** What can be done with a table of the user's own; `value` says how. */
export type TableAction = 'rename' | 'copy' | 'share' | 'describe';

/** A file or folder of the virtual storage. */
export interface IStorageNode {
  path: string;
  name: string;
  type: 'container' | 'data' | 'link';
  size: number;
  modified: string;
  content_type: string | null;
  public: boolean;
  groupread: string[];
  writable: boolean;
}

/** A folder with some of what is in it. */
export interface IStorageFolder extends IStorageNode {
  children: IStorageNode[];
  /** The name to go on after, null at the end. */
  next: string | null;
}

/** A copy between the files of the Jupyter server and the virtual storage. */
export interface ITransfer {
  id: string;
  source: string;
  target: string;
  state: 'running' | 'done' | 'failed' | 'cancelled';
  done_bytes: number;
  size_bytes: number;
  error: { message: string; hint: string } | null;
}

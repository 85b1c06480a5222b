import type { ISignal } from '@lumino/signaling';
import { Signal } from '@lumino/signaling';
import type { ApiError, IDataLabApi, ISchema, ITable } from '../api';
import { asApiError } from '../api';
import { ownFirst } from '../mydb/schemas';
import { Listing } from './listing';
import type { INode } from './nodes';
import { fullName, nodeId, nodeOf } from './nodes';

/** Up to this many schemas are opened when they are first seen. */
const FEW_SCHEMAS = 8;

/** A schema with up to so many tables is opened when it is first seen. */
const FEW_TABLES = 50;

/** How long typing must rest before the server is asked, in milliseconds. */
const REST = 250;

/** A table that was asked for. */
export interface IAskedTable {
  table: ITable | null;
  error: ApiError | null;
}

/** What a reload of the page keeps of a catalogue. */
export interface ICatalogueState {
  expanded: string[];
  filter: string;
  selected: string | null;
}

/**
 * The schemas, tables and columns of one service, read as they are looked at.
 *
 * It knows what is known, open, chosen and filtered; how that looks is the
 * business of `flatten` and of the components.
 */
export class Catalogue {
  /**
   * @param hasOwn Whether the user may have tables of their own here.
   */
  constructor(
    private _api: IDataLabApi,
    readonly service: string,
    state?: ICatalogueState,
    private _hasOwn: () => boolean = () => false
  ) {
    this._expanded = new Set(state?.expanded ?? []);
    this._filter = state?.filter ?? '';
    this._selected = state?.selected ? nodeOf(state.selected) : null;
    this._opensNew = !state;
  }

  /** Emitted when something a user can see has changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The schemas, null until they are known. */
  get schemas(): ISchema[] | null {
    return this._schemas;
  }

  /** Why the schemas could not be read. */
  get error(): ApiError | null {
    return this._error;
  }

  get filter(): string {
    return this._filter;
  }

  /** The tables that match the filter, null without a filter. */
  get found(): Listing | null {
    return this._found;
  }

  get selected(): INode | null {
    return this._selected;
  }

  /** The tables of a schema, undefined until somebody opens it. */
  listing(schema: string): Listing | undefined {
    return this._listings.get(schema);
  }

  /** A table with its columns, undefined until somebody asks for it. */
  asked(node: INode): IAskedTable | undefined {
    return this._asked.get(fullName(node));
  }

  isExpanded(node: INode): boolean {
    const id = nodeId(node);
    return this._found && node.table === undefined
      ? !this._closedInSearch.has(id)
      : this._expanded.has(id);
  }

  toState(): ICatalogueState {
    return {
      expanded: [...this._expanded],
      filter: this._filter,
      selected: this._selected && nodeId(this._selected)
    };
  }

  /** Read what is shown again, keeping it in sight until the answer is here. */
  async refresh(): Promise<void> {
    try {
      const schemas = await this._api.schemas(this.service, true);
      this._schemas = ownFirst(schemas, this._hasOwn());
      this._error = null;
    } catch (reason) {
      this._error = asApiError(reason);
      this._changed.emit();
      return;
    }
    this._openNew(this._schemas);
    const openSchemas = this._openSchemas();
    const openTables = this._openTables();
    keepOnly(this._listings, openSchemas);
    keepOnly(this._asked, openTables);
    this._changed.emit();
    await Promise.all([
      ...openSchemas.map(schema => this._list(schema)),
      this._filter.trim() ? this._search() : undefined,
      ...openTables.map(name => this._ask(name))
    ]);
  }

  /** Show only what matches, on the server, once typing rests. */
  setFilter(filter: string): void {
    this._filter = filter;
    this._closedInSearch.clear();
    clearTimeout(this._rest);
    this._found?.abort();
    if (filter.trim()) {
      this._rest = setTimeout(() => void this._search(), REST);
    } else {
      this._found = null;
      this._openSchemas().forEach(schema => void this._listOnce(schema));
    }
    this._changed.emit();
  }

  select(node: INode | null): void {
    this._selected = node;
    this._changed.emit();
    if (node?.table !== undefined) {
      void this.ask(node);
    }
  }

  setExpanded(node: INode, expanded: boolean): void {
    if (this._found && node.table === undefined) {
      toggle(this._closedInSearch, nodeId(node), !expanded);
    } else {
      toggle(this._expanded, nodeId(node), expanded);
    }
    this._changed.emit();
    if (!expanded) {
      return;
    }
    if (node.table !== undefined) {
      void this.ask(node);
    } else if (!this._found) {
      void this._listOnce(node.schema);
    }
  }

  collapseAll(): void {
    if (this._found) {
      for (const { name } of this._schemas ?? []) {
        this._closedInSearch.add(nodeId({ schema: name }));
      }
    } else {
      this._expanded.clear();
    }
    this._changed.emit();
  }

  /** Read a table with its columns, once. */
  async ask(node: INode): Promise<ITable | null> {
    const name = fullName(node);
    const known = this._asked.get(name);
    return known?.table ?? this._asking.get(name) ?? this._ask(name);
  }

  dispose(): void {
    clearTimeout(this._rest);
    this._found?.abort();
    this._listings.forEach(listing => listing.abort());
    Signal.clearData(this);
  }

  private _ask(name: string): Promise<ITable | null> {
    const asked: IAskedTable = {
      table: this._asked.get(name)?.table ?? null,
      error: null
    };
    this._asked.set(name, asked);
    const asking = this._api
      .table(this.service, name)
      .then(table => (asked.table = table))
      .catch(reason => {
        asked.error = asApiError(reason);
        return null;
      })
      .finally(() => {
        this._asking.delete(name);
        this._changed.emit();
      });
    this._asking.set(name, asking);
    this._changed.emit();
    return asking;
  }

  private async _list(schema: string): Promise<void> {
    let listing = this._listings.get(schema);
    if (!listing) {
      listing = new Listing(
        (offset, limit, signal) =>
          this._api.tables(this.service, { schema, offset, limit }, signal),
        () => this._changed.emit()
      );
      this._listings.set(schema, listing);
    }
    await listing.reload();
  }

  private async _listOnce(schema: string): Promise<void> {
    if (!this._listings.has(schema)) {
      await this._list(schema);
    }
  }

  private async _search(): Promise<void> {
    const shown = this._found;
    shown?.abort();
    const search = this._filter.trim();
    const found = new Listing(
      (offset, limit, signal) =>
        this._api.tables(this.service, { search, offset, limit }, signal),
      () => this._changed.emit()
    );
    found.tables = shown?.tables ?? [];
    found.total = shown?.total ?? 0;
    this._found = found;
    await found.reload();
  }

  /** A short catalogue is seen at once, also when it grows; a long one not. */
  private _openNew(schemas: ISchema[]): void {
    const own = schemas.filter(({ name }) => !isTapSchema(name));
    const opens = this._opensNew && own.length <= FEW_SCHEMAS;
    for (const { name, tables } of own) {
      if (this._seen.has(name)) {
        continue;
      }
      this._seen.add(name);
      if (opens && tables <= FEW_TABLES) {
        this._expanded.add(nodeId({ schema: name }));
      }
    }
    this._opensNew = true;
  }

  private _openSchemas(): string[] {
    return (this._schemas ?? [])
      .map(({ name }) => name)
      .filter(schema => this._expanded.has(nodeId({ schema })));
  }

  /** The names of the tables whose columns are in sight. */
  private _openTables(): string[] {
    const open = [...[...this._expanded].map(nodeOf), this._selected];
    return [
      ...new Set(
        open
          .filter((node): node is INode => node?.table !== undefined)
          .map(fullName)
      )
    ];
  }

  private _asked = new Map<string, IAskedTable>();
  private _asking = new Map<string, Promise<ITable | null>>();
  private _changed = new Signal<this, void>(this);
  private _closedInSearch = new Set<string>();
  private _error: ApiError | null = null;
  private _expanded: Set<string>;
  private _filter: string;
  private _found: Listing | null = null;
  private _listings = new Map<string, Listing>();
  /** Whether schemas that were not there before are opened. */
  private _opensNew: boolean;
  private _rest: ReturnType<typeof setTimeout> | undefined;
  private _schemas: ISchema[] | null = null;
  /** The schemas that were there before, open or not. */
  private _seen = new Set<string>();
  private _selected: INode | null;
}

/** Whether a schema is the one in which a TAP service describes itself. */
export function isTapSchema(schema: string): boolean {
  return schema.toUpperCase() === 'TAP_SCHEMA';
}

function toggle(set: Set<string>, value: string, member: boolean): void {
  if (member) {
    set.add(value);
  } else {
    set.delete(value);
  }
}

function keepOnly(map: Map<string, unknown>, keys: string[]): void {
  for (const key of [...map.keys()].filter(key => !keys.includes(key))) {
    map.delete(key);
  }
}

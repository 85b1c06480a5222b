import { ApiError } from '../../api';
import { Catalogue } from '../catalogue';
import { nodeId, nodeOf } from '../nodes';
import type { Row } from '../tree';
import { flatten, isNodeRow } from '../tree';
import { FakeApi, settle } from './fake';

/** The tree as text: indentation is the level. */
function drawn(catalogue: Catalogue): string[] {
  const name = (row: Row) =>
    isNodeRow(row)
      ? (row.node.column ?? row.node.table ?? row.node.schema)
      : `<${row.kind}>`;
  return flatten(catalogue).map(row => '  '.repeat(row.level - 1) + name(row));
}

const many = (count: number) =>
  Array.from({ length: count }, (_, index) => `t${index}`);

describe('the tree', () => {
  let api: FakeApi;
  let catalogue: Catalogue;

  beforeEach(() => {
    api = new FakeApi();
    catalogue = new Catalogue(api, 'datalab');
  });

  it('opens a short catalogue at once', async () => {
    await catalogue.refresh();
    expect(drawn(catalogue)).toEqual([
      'gaia_dr3',
      '  gaia_source_g10',
      'sim_ls',
      '  tractor',
      '  truth'
    ]);
  });

  it('opens what arrives later, and not what was closed', async () => {
    await catalogue.refresh();
    catalogue.setExpanded({ schema: 'sim_ls' }, false);
    api.catalogues.openngc = ['objects'];
    await catalogue.refresh();
    expect(drawn(catalogue)).toEqual([
      'gaia_dr3',
      '  gaia_source_g10',
      'sim_ls',
      'openngc',
      '  objects'
    ]);
  });

  it('leaves a long catalogue closed, and asks nothing about it', async () => {
    api.catalogues = Object.fromEntries(many(20).map(name => [name, ['a']]));
    await catalogue.refresh();
    expect(drawn(catalogue)).toHaveLength(20);
    expect(api.asked).toEqual(['datalab schemas']);
  });

  it('reads the columns of a table when it is opened, and once', async () => {
    await catalogue.refresh();
    const table = { schema: 'gaia_dr3', table: 'gaia_source_g10' };
    catalogue.setExpanded(table, true);
    expect(drawn(catalogue)).toContain('    <loading>');
    await settle();
    expect(drawn(catalogue).slice(0, 4)).toEqual([
      'gaia_dr3',
      '  gaia_source_g10',
      '    ra',
      '    dec'
    ]);
    catalogue.select(table);
    catalogue.setExpanded(table, false);
    catalogue.setExpanded(table, true);
    await settle();
    expect(
      api.asked.filter(request => request.includes('table '))
    ).toHaveLength(1);
  });

  it('tells each row its place among its siblings', async () => {
    await catalogue.refresh();
    const [, , schema, first, second] = flatten(catalogue);
    expect(schema).toMatchObject({ level: 1, position: 2, siblings: 2 });
    expect(first).toMatchObject({ level: 2, position: 1, siblings: 2 });
    expect(second).toMatchObject({ level: 2, position: 2, siblings: 2 });
  });

  it('reads a long schema page by page and says how much is shown', async () => {
    api.catalogues = { big: many(250) };
    await catalogue.refresh();
    expect(flatten(catalogue)).toHaveLength(1);
    catalogue.setExpanded({ schema: 'big' }, true);
    await settle();
    const more = () => flatten(catalogue).at(-1);
    expect(more()).toMatchObject({ kind: 'more', shown: 100, total: 250 });
    await catalogue.listing('big')?.more();
    expect(more()).toMatchObject({ kind: 'more', shown: 200, total: 250 });
    await catalogue.listing('big')?.more();
    expect(more()).toMatchObject({ kind: 'table', position: 250 });
  });

  it('shows an error where it belongs, and recovers', async () => {
    const error = new ApiError('service', 'The disc is full.');
    api.broken.set('datalab tables sim_ls', error);
    await catalogue.refresh();
    const row = flatten(catalogue).at(-1);
    expect(row).toMatchObject({ kind: 'error', error });
    api.broken.clear();
    if (row?.kind === 'error') {
      row.retry();
    }
    await settle();
    expect(drawn(catalogue).slice(-2)).toEqual(['  tractor', '  truth']);
  });

  it('keeps the last known tables when the service fails', async () => {
    await catalogue.refresh();
    const before = drawn(catalogue);
    api.broken.set('datalab', new ApiError('service', 'Down.'));
    await catalogue.refresh();
    expect(catalogue.error?.message).toBe('Down.');
    expect(drawn(catalogue)).toEqual(before);
  });

  it('comes back as it was left', async () => {
    await catalogue.refresh();
    catalogue.setExpanded({ schema: 'sim_ls' }, false);
    const again = new Catalogue(api, 'datalab', catalogue.toState());
    await again.refresh();
    expect(drawn(again)).toEqual(drawn(catalogue));
  });
});

describe('the filter', () => {
  it('shows what the server finds, under its schemas', async () => {
    const api = new FakeApi();
    const catalogue = new Catalogue(api, 'datalab');
    await catalogue.refresh();
    catalogue.setFilter('truth');
    await new Promise(resolve => setTimeout(resolve, 350));
    expect(drawn(catalogue)).toEqual(['sim_ls', '  truth']);
    catalogue.setFilter('');
    expect(drawn(catalogue)).toHaveLength(5);
  });

  it('closes what was found when all is collapsed, and nothing else', async () => {
    const api = new FakeApi();
    const catalogue = new Catalogue(api, 'datalab');
    await catalogue.refresh();
    catalogue.setFilter('truth');
    await new Promise(resolve => setTimeout(resolve, 350));
    catalogue.collapseAll();
    expect(drawn(catalogue)).toEqual(['sim_ls']);
    catalogue.setFilter('');
    expect(drawn(catalogue)).toHaveLength(5);
  });

  it('asks once typing rests, and drops what comes too late', async () => {
    const api = new FakeApi();
    const catalogue = new Catalogue(api, 'datalab');
    await catalogue.refresh();
    for (const text of ['t', 'tr', 'tru']) {
      catalogue.setFilter(text);
    }
    await new Promise(resolve => setTimeout(resolve, 252));
    catalogue.setFilter('gaia');
    await new Promise(resolve => setTimeout(resolve, 350));
    expect(api.asked.filter(request => request.includes('search'))).toEqual([
      'datalab tables search=tru 0',
      'datalab tables search=gaia 0'
    ]);
    expect(drawn(catalogue)).toEqual(['gaia_dr3', '  gaia_source_g10']);
  });
});

it('a node survives any character in its names', () => {
  const node = { schema: 'a/"b', table: '","', column: '[]' };
  expect(nodeOf(nodeId(node))).toEqual(node);
  expect(nodeOf('nonsense')).toBeNull();
});

import {
  columnName,
  columnQuery,
  pythonQuery,
  quoteColumn,
  quoteName,
  quoteTable,
  tableQuery
} from '..';

const named = (...names: string[]) =>
  names.map(name => ({ name, principal: true }));

describe('a name in ADQL', () => {
  it.each(['ra', 'dec', 'gaia_source_g10', 'RAJ2000', 'B'])(
    'stays as it is when it is plain: %s',
    name => expect(quoteName(name)).toBe(name)
  );

  it.each(['date', 'Order', 'SIZE', 'distance', 'top'])(
    'is quoted when it is a reserved word: %s',
    name => expect(quoteName(name)).toBe(`"${name}"`)
  );

  it.each([
    '2mass',
    'a.b',
    'B-V',
    'e(B)',
    'with space',
    'naïve',
    '_ra',
    'I/239/hip'
  ])('is quoted when it is not an identifier: %s', name =>
    expect(quoteName(name)).toBe(`"${name}"`)
  );

  it('has its own quotes doubled', () => {
    expect(quoteName('5" aperture')).toBe('"5"" aperture"');
  });

  it('keeps the quotes that the service gave it', () => {
    expect(quoteName('"II/246/out"')).toBe('"II/246/out"');
  });

  it('is quoted when a sibling differs in case alone', () => {
    expect(quoteColumn('g', ['g', 'G', 'r'])).toBe('"g"');
    expect(quoteColumn('r', ['g', 'G', 'r'])).toBe('r');
  });

  it('of a table is the one the service uses, where that is known', () => {
    expect(quoteTable({ schema: 'sim_ls', name: 'tractor' })).toBe(
      'sim_ls.tractor'
    );
    expect(quoteTable({ schema: 'my data', name: 'a.b' })).toBe(
      '"my data"."a.b"'
    );
    expect(
      quoteTable({ schema: 'vizls', name: 'x', query_name: '"II/246/out"' })
    ).toBe('"II/246/out"');
  });
});

describe('a query for a table', () => {
  const table = { schema: 'gaia_dr3', name: 'gaia_source_g10' };

  it('names the principal columns', () => {
    const columns = [
      ...named('source_id', 'ra'),
      { name: 'x', principal: false }
    ];
    expect(tableQuery({ ...table, columns })).toBe(
      'SELECT TOP 100 source_id, ra\nFROM gaia_dr3.gaia_source_g10'
    );
  });

  it('asks for all columns when none is principal, or none is known', () => {
    const columns = [{ name: 'x', principal: false }];
    expect(tableQuery({ ...table, columns })).toContain('TOP 100 *\n');
    expect(tableQuery(table)).toContain('TOP 100 *\n');
  });

  it('names no more than twelve columns, in lines that can be read', () => {
    const columns = named(
      ...Array.from({ length: 30 }, (_, i) => `column_${i}`)
    );
    const query = tableQuery({ ...table, columns });
    expect(query.match(/column_\d+/g)).toHaveLength(12);
    expect(Math.max(...query.split('\n').map(l => l.length))).toBeLessThan(90);
  });

  it('quotes what has to be quoted', () => {
    const columns = named('ra', 'date', 'B-V');
    expect(tableQuery({ ...table, columns }, 20)).toBe(
      'SELECT TOP 20 ra, "date", "B-V"\nFROM gaia_dr3.gaia_source_g10'
    );
  });

  it('can ask for one column', () => {
    const columns = named('g', 'G');
    expect(columnQuery({ ...table, columns }, 'G')).toBe(
      'SELECT TOP 100 "G"\nFROM gaia_dr3.gaia_source_g10'
    );
    expect(columnName(table, 'date')).toBe('"date"');
  });
});

describe('the Python code of a query', () => {
  it('runs it with the toolkit', () => {
    expect(pythonQuery('SELECT 1')).toBe(
      'import datalab_toolkit as dl\n\ndf = dl.query("""\nSELECT 1\n""")\ndf'
    );
  });

  it('names the service when it is not the Data Lab', () => {
    expect(pythonQuery('SELECT 1', 'vizier')).toContain(
      '""", service="vizier")'
    );
    expect(pythonQuery('SELECT 1', 'datalab')).not.toContain('service');
  });

  it('cannot be left by a hostile name', () => {
    const name = quoteName('"""\nimport os; os.system("x")\n\\');
    const code = pythonQuery(`SELECT ${name} FROM t`);
    expect(code.match(/(?<!\\)"""/g)).toHaveLength(2);
    expect(code).not.toMatch(/(?<!\\)\\\n/);
  });
});

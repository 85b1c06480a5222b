import {
  cellText,
  columnType,
  count,
  isPosition,
  share,
  typeName
} from '../format';

describe('a value of a result', () => {
  const double = { datatype: 'double', ucd: '' };
  const text = { datatype: 'VARCHAR', ucd: '' };

  it('that is NULL does not look like NaN, nor like text', () => {
    expect(cellText(null, double)).toEqual({ kind: 'null', text: 'NULL' });
    expect(cellText('NaN', double)).toEqual({
      kind: 'not-finite',
      text: 'NaN'
    });
    expect(cellText('NaN', text)).toEqual({ kind: 'text', text: 'NaN' });
    expect(cellText('-Infinity', double).text).toBe('-∞');
  });

  it('that is a 64-bit integer keeps all its digits', () => {
    const id = { datatype: 'BIGINT', ucd: 'meta.id' };
    expect(cellText('4611686018427387905', id)).toEqual({
      kind: 'number',
      text: '4611686018427387905'
    });
  });

  it('that has more digits than fit shows them all on demand', () => {
    expect(cellText(45.034342834696204, double)).toEqual({
      kind: 'number',
      text: '45.03434283',
      exact: '45.034342834696204'
    });
    expect(
      cellText(12.345000267028809, { datatype: 'REAL', ucd: '' }).text
    ).toBe('12.345');
    expect(cellText(7, double)).toEqual({ kind: 'number', text: '7' });
  });
});

describe('a column', () => {
  it.each([
    ['BIGINT', 'number'],
    ['long', 'number'],
    ['unsignedByte', 'number'],
    ['VARCHAR', 'text'],
    ['unicodeChar', 'text'],
    ['TIMESTAMP', 'time'],
    ['boolean', 'boolean'],
    ['POINT', 'position'],
    ['BLOB', 'other']
  ])('of type %s holds %s', (datatype, type) => {
    expect(columnType({ datatype, ucd: '' })).toBe(type);
  });

  it('of right ascensions is a position, one of their errors is not', () => {
    expect(isPosition({ ucd: 'pos.eq.ra;meta.main' })).toBe(true);
    expect(isPosition({ ucd: 'stat.error;pos.eq.ra' })).toBe(false);
  });

  it('tells its size with its type', () => {
    const size = (datatype: string, arraysize: string) =>
      typeName({ datatype, arraysize });
    expect(size('VARCHAR', '12')).toBe('VARCHAR(12)');
    expect(size('double', '3')).toBe('double[3]');
    expect(size('CHAR', '*')).toBe('CHAR');
  });
});

it('a number of rows has separators', () => {
  expect(count(482176)).toBe('482,176');
});

describe('a share', () => {
  it.each([
    [53, 100, '53 %'],
    [1, 200, '0.5 %'],
    [1, 10_000, '< 0.1 %'],
    [100, 100, '100 %']
  ])('of %d in %d is written %s', (part, whole, text) => {
    expect(share(part, whole)).toBe(text);
  });

  it('that is not quite all is never called all', () => {
    expect(share(999_999, 1_000_000)).toBe('99.9 %');
  });
});

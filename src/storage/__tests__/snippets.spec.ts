import { numbered } from '../paths';
import { fileCode, folderCode } from '../snippets';

describe('a file as code', () => {
  it.each([
    ['a.csv', 'pd.read_csv("vos://a.csv")'],
    ['runs/a.csv.gz', 'pd.read_csv("vos://runs/a.csv.gz")'],
    ['a.tsv', 'pd.read_csv("vos://a.tsv", sep="\\t")'],
    ['a.parquet', 'pd.read_parquet("vos://a.parquet")'],
    ['A.FITS', 'with fsspec.open("vos://A.FITS") as file:\n    table = '],
    ['a.fits.gz', '    table = Table.read(file, format="fits")\ntable'],
    ['a.vot', 'Table.read(file, format="votable")'],
    ['a.npy', 'array = np.load(file)'],
    ['notes.txt', 'dl.storage.read("vos://notes.txt").decode()'],
    ['archive.tar.gz', 'dl.storage.get("vos://archive.tar.gz")'],
    ['README', 'dl.storage.get("vos://README")']
  ])('%s is read as what it is', (path, code) => {
    expect(fileCode(path)).toContain(code);
  });

  it('imports what it uses', () => {
    expect(fileCode('a.csv')).toBe(
      'import pandas as pd\n\ndf = pd.read_csv("vos://a.csv")\ndf'
    );
  });

  it('writes a name with quotes and backslashes as Python reads it', () => {
    expect(fileCode('a "b\\c".csv')).toContain('"vos://a \\"b\\\\c\\".csv"');
  });

  it('lists a folder', () => {
    expect(folderCode('public')).toContain('dl.storage.ls("vos://public")');
  });
});

describe('another name for a file', () => {
  it.each([
    ['a.csv', 'a-2.csv'],
    ['a.fits.gz', 'a-2.fits.gz'],
    ['README', 'README-2'],
    ['.hidden', '.hidden-2']
  ])('%s', (name, other) => {
    expect(numbered(name, 2)).toBe(other);
  });
});

import { pythonString } from '../snippets';
import { endingOf, nameOf, vosUri } from './paths';

/** How a file is read: what to import, and an expression for its content. */
interface IReader {
  endings: RegExp;
  imports: string;
  /** @param uri A Python string; the name `file` where it is opened before. */
  read: (uri: string) => string;
  /** Whether the file is opened before. */
  opened?: boolean;
  variable: string;
}

const PANDAS = 'import pandas as pd';
const ASTROPY = 'import fsspec\nfrom astropy.table import Table';
const TOOLKIT = 'import datalab_toolkit as dl';

/** By the ending of the name; the first that fits. */
const READERS: IReader[] = [
  {
    endings: /^\.csv(\.(gz|bz2|xz|zst))?$/,
    imports: PANDAS,
    read: uri => `pd.read_csv(${uri})`,
    variable: 'df'
  },
  {
    endings: /^\.tsv(\.(gz|bz2|xz|zst))?$/,
    imports: PANDAS,
    read: uri => `pd.read_csv(${uri}, sep="\\t")`,
    variable: 'df'
  },
  {
    endings: /^\.(parquet|parq)$/,
    imports: PANDAS,
    read: uri => `pd.read_parquet(${uri})`,
    variable: 'df'
  },
  {
    endings: /^\.(arrow|feather|ipc)$/,
    imports: PANDAS,
    read: uri => `pd.read_feather(${uri})`,
    variable: 'df'
  },
  {
    endings: /^\.json$/,
    imports: PANDAS,
    read: uri => `pd.read_json(${uri})`,
    variable: 'df'
  },
  {
    endings: /^\.(fits|fit)(\.(gz|fz))?$/,
    imports: ASTROPY,
    read: file => `Table.read(${file}, format="fits")`,
    opened: true,
    variable: 'table'
  },
  {
    endings: /^\.(vot|votable|xml)$/,
    imports: ASTROPY,
    read: file => `Table.read(${file}, format="votable")`,
    opened: true,
    variable: 'table'
  },
  {
    endings: /^\.ecsv$/,
    imports: `from astropy.table import Table\n${TOOLKIT}`,
    read: uri =>
      `Table.read(dl.storage.read(${uri}).decode(), format="ascii.ecsv")`,
    variable: 'table'
  },
  {
    endings: /^\.npy$/,
    imports: 'import fsspec\nimport numpy as np',
    read: file => `np.load(${file})`,
    opened: true,
    variable: 'array'
  },
  {
    endings: /^\.(png|jpe?g|gif)$/,
    imports: `from IPython.display import Image\n${TOOLKIT}`,
    read: uri => `Image(dl.storage.read(${uri}))`,
    variable: ''
  },
  {
    endings: /^\.(txt|md|dat|log|py|adql|sql|ya?ml|toml)$/,
    imports: TOOLKIT,
    read: uri => `dl.storage.read(${uri}).decode()`,
    variable: 'text'
  }
];

/** A file of the storage, as Python code that reads it, by what it is. */
export function fileCode(path: string): string {
  const uri = pythonString(vosUri(path));
  const ending = endingOf(nameOf(path));
  const reader = READERS.find(({ endings }) => endings.test(ending));
  if (!reader) {
    return `${TOOLKIT}\n\npath = dl.storage.get(${uri})\npath`;
  }
  const { imports, read, opened, variable } = reader;
  if (opened) {
    const code = `    ${variable} = ${read('file')}`;
    return `${imports}\n\nwith fsspec.open(${uri}) as file:\n${code}\n${variable}`;
  }
  return variable
    ? `${imports}\n\n${variable} = ${read(uri)}\n${variable}`
    : `${imports}\n\n${read(uri)}`;
}

/** A folder of the storage, as Python code that lists it. */
export function folderCode(path: string): string {
  return `${TOOLKIT}\n\ndl.storage.ls(${pythonString(vosUri(path))})`;
}

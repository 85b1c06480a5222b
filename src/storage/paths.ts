/** The name of the drive, in front of the paths of JupyterLab's documents. */
export const DRIVE = 'vos';

/** A path in the storage as JupyterLab writes it: `vos:a/b.csv`. */
export function drivePath(path: string): string {
  return `${DRIVE}:${path}`;
}

/** Whether a path of JupyterLab's leads into the storage. */
export function isOnDrive(path: string): boolean {
  return path.startsWith(`${DRIVE}:`);
}

/** A path in the storage as kernels and the `datalab` command write it. */
export function vosUri(path: string): string {
  return `vos://${path}`;
}

export function join(folder: string, name: string): string {
  return folder ? `${folder}/${name}` : name;
}

export function parentOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The ending of a name in lower case, `.gz` and the like with what is before. */
export function endingOf(name: string): string {
  return /\.[^.]+(\.(gz|bz2|xz|zst|fz))?$/i.exec(name)?.[0].toLowerCase() ?? '';
}

/** Another name for the copy of a file: `a.csv`, `a-1.csv`, `a-2.csv`. */
export function numbered(name: string, number: number): string {
  const ending = name.startsWith('.') ? '' : endingOf(name);
  const stem = name.slice(0, name.length - ending.length);
  return `${stem}-${number}${ending}`;
}

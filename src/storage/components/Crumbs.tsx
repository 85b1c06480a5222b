import * as React from 'react';
import { usePanel } from '../../panel/context';
import type { Storage } from '../storage';

/** The way to the folder that is shown; each part of it opens. */
export function Crumbs({ storage }: { storage: Storage }): JSX.Element {
  const { trans } = usePanel();
  const parts = storage.path ? storage.path.split('/') : [];
  const crumbs = parts.map((name, index) => ({
    name,
    path: parts.slice(0, index + 1).join('/')
  }));
  const all = [{ name: trans.__('Storage'), path: '' }, ...crumbs];
  return (
    <nav className="jp-DataLab-crumbs" aria-label={trans.__('Folder')}>
      <ol>
        {all.map(({ name, path }, index) => (
          <li key={path} data-folder={path}>
            {index === all.length - 1 ? (
              <span aria-current="page">{name}</span>
            ) : (
              <button
                className="jp-DataLab-linkButton"
                onClick={() => void storage.open(path)}
              >
                {name}
              </button>
            )}
          </li>
        ))}
      </ol>
    </nav>
  );
}

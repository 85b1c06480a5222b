import * as React from 'react';
import { usePanel } from '../../panel/context';
import { MYDB } from '../schemas';

/** The code that makes a first table. */
export const EXAMPLE = `import datalab_toolkit as dl

dl.query("""
SELECT TOP 1000 *
FROM gaia_dr3.gaia_source_g10
WHERE phot_g_mean_mag < 6
""", out="${MYDB}://bright_stars")`;

/** Says how to make a table of one's own. */
export function NoTablesYet(): JSX.Element {
  const { trans, insert } = usePanel();
  return (
    <div
      className="jp-DataLab-noTables"
      onClick={event => event.stopPropagation()}
    >
      <p>
        {trans.__(
          'None yet. Keep the rows of a query, and join them with any survey:'
        )}
      </p>
      <code>{`dl.query(…, out="${MYDB}://name")`}</code>
      <button
        className="jp-DataLab-button"
        tabIndex={-1}
        onClick={() => void insert(EXAMPLE)}
      >
        {trans.__('Insert an example')}
      </button>
    </div>
  );
}

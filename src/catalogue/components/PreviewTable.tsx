import * as React from 'react';
import type { IQueryResult, ITable } from '../../api';
import { usePanel } from '../../panel/context';
import { Message } from '../../panel/Message';
import { count } from '../format';
import type { Preview } from '../preview';
import { RowsTable } from './RowsTable';

/** The first rows of a table. */
export function PreviewTable(props: {
  preview: Preview;
  table: ITable;
}): JSX.Element {
  const { trans } = usePanel();
  const { preview, table } = props;
  if (preview.error) {
    return (
      <Message
        kind="error"
        title={trans.__('The rows could not be read')}
        onRetry={() => void preview.show(table)}
      >
        <p>{preview.error.message}</p>
        <p>{preview.error.hint}</p>
      </Message>
    );
  }
  if (!preview.result) {
    return (
      <div className="jp-DataLab-skeletons" aria-label={trans.__('Loading')}>
        <span className="jp-DataLab-skeleton" />
        <span className="jp-DataLab-skeleton" />
        <span className="jp-DataLab-skeleton" />
      </div>
    );
  }
  return <Rows result={preview.result} table={table} />;
}

function Rows(props: { result: IQueryResult; table: ITable }): JSX.Element {
  const { trans } = usePanel();
  const { result, table } = props;
  const shown = result.rows.length;
  const all = table.rows !== null && table.rows <= shown;
  const caption = all
    ? trans._n('%1 row, all there is', '%1 rows, all there are', shown)
    : table.rows === null
      ? trans.__('First %1 rows', shown)
      : trans.__('First %1 of %2 rows', shown, count(table.rows));
  return (
    <figure className="jp-DataLab-preview">
      <figcaption>
        {caption}
        {result.overflow &&
          `. ${trans.__('Truncated: the service sent no more.')}`}
      </figcaption>
      <RowsTable
        result={result}
        label={trans.__('First rows of %1', table.name)}
      />
    </figure>
  );
}

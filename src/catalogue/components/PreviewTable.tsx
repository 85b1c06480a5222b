import * as React from 'react';
import type { IQueryResult, ITable } from '../../api';
import { usePanel } from '../../panel/context';
import { Message } from '../../panel/Message';
import { cellText, columnType, count } from '../format';
import type { Preview } from '../preview';

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
      <div
        className="jp-DataLab-previewScroll"
        tabIndex={0}
        role="region"
        aria-label={trans.__('First rows of %1', table.name)}
      >
        <table>
          <thead>
            <tr>
              {result.columns.map(column => (
                <th
                  key={column.name}
                  scope="col"
                  data-kind={columnType(column)}
                  title={[column.description, column.ucd]
                    .filter(Boolean)
                    .join('\n')}
                >
                  {column.name}
                  <span className="jp-DataLab-dim">{column.unit}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {result.rows.map((row, index) => (
              <tr key={index}>
                {row.map((value, column) => {
                  const cell = cellText(value, result.columns[column]);
                  return (
                    <td key={column} data-kind={cell.kind} title={cell.exact}>
                      {cell.text}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

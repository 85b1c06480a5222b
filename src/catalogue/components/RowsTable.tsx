import * as React from 'react';
import type { IQueryResult } from '../../api';
import { cellText, columnType } from '../format';

/** The rows of a result, with units, NULLs and all digits of 64-bit numbers. */
export function RowsTable(props: {
  result: IQueryResult;
  /** What the rows are, for a screen reader. */
  label: string;
}): JSX.Element {
  const { columns, rows } = props.result;
  return (
    <div
      className="jp-DataLab-previewScroll"
      tabIndex={0}
      role="region"
      aria-label={props.label}
    >
      <table>
        <thead>
          <tr>
            {columns.map(column => (
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
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((value, column) => {
                const cell = cellText(value, columns[column]);
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
  );
}

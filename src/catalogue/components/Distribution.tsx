import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';
import type { IColumn, IColumnStatistics, Value } from '../../api';
import { usePanel } from '../../panel/context';
import { cellText, count, share } from '../format';

/** The bars of a histogram are drawn in a box of this size. */
const WIDTH = 100;
const HEIGHT = 20;

/** Digits of a range, a median, a mean. */
const DIGITS = 6;

/** How many of the most common values are named. */
const NAMED = 4;

/** What the values of a column are, in one line: their distribution and range. */
export function Distribution(props: {
  column: IColumn;
  statistics: IColumnStatistics;
}): JSX.Element {
  const { trans } = usePanel();
  const { column, statistics } = props;
  const { count: values, nulls, nans = 0 } = statistics;
  const text = (value: Value = null) =>
    typeof value === 'number' ? inShort(value) : cellText(value, column).text;
  return (
    <div className="jp-DataLab-distribution">
      {statistics.histogram ? (
        <>
          <Bars counts={statistics.histogram.counts} />
          <span title={inWords(trans, statistics)}>
            {text(statistics.min)}
            {' … '}
            {text(statistics.max)}
          </span>
        </>
      ) : statistics.common?.length ? (
        <span title={trans.__('The most common values')}>
          {statistics.common.slice(0, NAMED).map(({ value, count: n }) => (
            <span key={String(value)} className="jp-DataLab-common">
              {text(value)} <small>{share(n, values)}</small>
            </span>
          ))}
          {statistics.distinct! > NAMED && (
            <small>
              {trans.__('%1 different', count(statistics.distinct!))}
            </small>
          )}
        </span>
      ) : (
        statistics.distinct !== undefined && (
          <small>
            {trans.__('about %1 different', count(statistics.distinct))}
          </small>
        )
      )}
      {nulls > 0 && (
        <small className="jp-DataLab-nulls">
          {trans.__('%1 NULL', share(nulls, values + nulls + nans))}
        </small>
      )}
      {nans > 0 && (
        <small className="jp-DataLab-nulls">
          {trans.__('%1 NaN', share(nans, values + nulls + nans))}
        </small>
      )}
    </div>
  );
}

/** A histogram without axes; the line beside it says the range. */
function Bars({ counts }: { counts: number[] }): JSX.Element {
  const most = Math.max(...counts, 1);
  const width = WIDTH / counts.length;
  const path = counts
    .map((n, index) => {
      const height = (HEIGHT * n) / most;
      return `M${index * width},${HEIGHT}v${-height}h${width}v${height}z`;
    })
    .join('');
  return (
    <svg
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={path} />
    </svg>
  );
}

function inWords(
  trans: TranslationBundle,
  { quantiles, mean }: IColumnStatistics
): string {
  const of = (key: string) => inShort(quantiles?.[key]);
  return [
    trans.__(
      'Half of the values lie between %1 and %2.',
      of('0.25'),
      of('0.75')
    ),
    trans.__('Median %1, mean %2.', of('0.5'), inShort(mean))
  ].join('\n');
}

function inShort(value: number | null | undefined): string {
  if (value === null || value === undefined) {
    return '–';
  }
  return String(
    Number.isInteger(value) ? value : Number(value.toPrecision(DIGITS))
  );
}

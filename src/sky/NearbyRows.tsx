import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { RowsTable } from '../catalogue/components/RowsTable';
import { usePanel } from '../panel/context';
import { angleText, directionText } from './coordinates';
import type { SkyModel } from './model';

/** The rows around the place that was clicked. */
export function NearbyRows({ model }: { model: SkyModel }): JSX.Element | null {
  const { trans } = usePanel();
  const { nearby } = model;
  if (!nearby) {
    return null;
  }
  const { center, radius_deg, result } = nearby;
  const place = directionText(center, model.frame, radius_deg);
  return (
    <section
      className="jp-DataLab-skyRows jp-DataLab-preview"
      aria-label={trans.__('Rows near the chosen place')}
      aria-busy={!result}
    >
      <header>
        <span>{nearbyWords(model, trans)}</span>
        <span className="jp-DataLab-dim">{place}</span>
        <button
          className="jp-DataLab-iconButton"
          aria-label={trans.__('Hide the rows')}
          title={trans.__('Close')}
          onClick={() => model.hideNearby()}
        >
          <closeIcon.react tag="span" />
        </button>
      </header>
      {result === null ? (
        <span className="jp-DataLab-skeleton" />
      ) : (
        result.rows.length > 0 && (
          <RowsTable
            result={result}
            label={trans.__(
              'Rows of %1 within %2 of %3',
              model.name,
              angleText(radius_deg),
              place
            )}
          />
        )
      )}
    </section>
  );
}

/** How many rows there are around the chosen place. */
export function nearbyWords(
  model: SkyModel,
  trans: ReturnType<typeof usePanel>['trans']
): string {
  const { nearby } = model;
  if (!nearby) {
    return '';
  }
  const radius = angleText(nearby.radius_deg);
  const { result } = nearby;
  if (!result) {
    return trans.__('Looking for rows within %1 …', radius);
  }
  if (!result.rows.length) {
    return trans.__('No row of %1 within %2.', model.name, radius);
  }
  return result.overflow
    ? trans.__(
        'The %1 nearest of more rows within %2.',
        result.rows.length,
        radius
      )
    : trans._n(
        '%1 row within %2.',
        '%1 rows within %2.',
        result.rows.length,
        radius
      );
}

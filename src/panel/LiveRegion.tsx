import * as React from 'react';
import { count } from '../catalogue/format';
import type { ISession } from '../model';
import { usePanel } from './context';
import { useStateWords } from './ServiceBar';

/** Says to a screen reader what others see change. */
export function LiveRegion({
  session
}: {
  session: ISession | null;
}): JSX.Element {
  const { trans } = usePanel();
  const state = useStateWords(session?.connection.state ?? 'unknown');
  const found = session?.catalogue.found;
  const results =
    found && !found.loading
      ? trans._n(
          '%2 table matches.',
          '%2 tables match.',
          found.total,
          count(found.total)
        )
      : '';
  const demo = session?.demo.running ? trans.__('Making the demo sky.') : '';
  const copying =
    session?.own?.copies.tasks.all.filter(({ state }) => state === 'running')
      .length ?? 0;
  const copies = copying
    ? trans._n('Copying %1 file.', 'Copying %1 files.', copying)
    : '';
  const title = session?.service.title ?? '';
  return (
    <div className="jp-DataLab-live" role="status" aria-live="polite">
      {`${title}: ${state}. ${results} ${demo} ${copies}`.trim()}
    </div>
  );
}

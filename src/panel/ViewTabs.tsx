import * as React from 'react';
import type { View } from '../model';
import { usePanel } from './context';

/** Catalogues or files: what is shown of a Data Lab. */
export function ViewTabs(): JSX.Element {
  const { model, trans } = usePanel();
  const views: [View, string][] = [
    ['catalogues', trans.__('Catalogues')],
    ['storage', trans.__('Storage')]
  ];
  const onKeyDown = (event: React.KeyboardEvent) => {
    if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
      event.preventDefault();
      model.view = model.view === 'storage' ? 'catalogues' : 'storage';
      const tabs = event.currentTarget.querySelectorAll('button');
      tabs[model.view === 'storage' ? 1 : 0].focus();
    }
  };
  return (
    <div
      className="jp-DataLab-tabs"
      role="tablist"
      aria-label={trans.__('What is shown')}
      onKeyDown={onKeyDown}
    >
      {views.map(([view, label]) => (
        <button
          key={view}
          role="tab"
          aria-selected={model.view === view}
          tabIndex={model.view === view ? 0 : -1}
          onClick={() => (model.view = view)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

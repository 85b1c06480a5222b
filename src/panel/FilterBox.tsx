import { closeIcon, searchIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { Catalogue } from '../catalogue/catalogue';
import { usePanel } from './context';

/** The words that tables must have in their names or descriptions. */
export function FilterBox({
  catalogue
}: {
  catalogue: Catalogue;
}): JSX.Element {
  const { trans } = usePanel();
  const text = catalogue.filter;
  const input = React.useRef<HTMLInputElement>(null);

  const clear = () => {
    catalogue.setFilter('');
    input.current?.focus();
  };
  return (
    <div className="jp-DataLab-filter">
      <searchIcon.react tag="span" className="jp-DataLab-filterIcon" />
      <input
        ref={input}
        type="search"
        aria-label={trans.__('Filter tables')}
        placeholder={trans.__('Filter by name or description')}
        spellCheck={false}
        value={text}
        onChange={event => catalogue.setFilter(event.target.value)}
        onKeyDown={event => {
          if (event.key === 'Escape' && text) {
            event.stopPropagation();
            clear();
          }
        }}
      />
      {text && (
        <button
          className="jp-DataLab-iconButton"
          aria-label={trans.__('Clear the filter')}
          title={trans.__('Clear')}
          onClick={clear}
        >
          <closeIcon.react tag="span" />
        </button>
      )}
    </div>
  );
}

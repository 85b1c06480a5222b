import { closeIcon, searchIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import type { Catalogue } from '../catalogue/catalogue';
import { usePanel } from './context';

/** How long typing must rest before the server is asked, in milliseconds. */
const REST = 250;

/** The words that tables must have in their names or descriptions. */
export function FilterBox({
  catalogue
}: {
  catalogue: Catalogue;
}): JSX.Element {
  const { trans } = usePanel();
  const [text, setText] = React.useState(catalogue.filter);
  const input = React.useRef<HTMLInputElement>(null);

  React.useEffect(() => {
    const timer = setTimeout(
      () => void catalogue.setFilter(text.trim()),
      text ? REST : 0
    );
    return () => clearTimeout(timer);
  }, [catalogue, text]);

  const clear = () => {
    setText('');
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
        onChange={event => setText(event.target.value)}
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

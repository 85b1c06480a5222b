import * as React from 'react';

/** Text with the words of the filter marked. */
export function Highlight(props: {
  text: string;
  filter: string;
}): JSX.Element {
  const words = props.filter.split(/\s+/).filter(Boolean).map(escape);
  if (!words.length) {
    return <>{props.text}</>;
  }
  const parts = props.text.split(new RegExp(`(${words.join('|')})`, 'gi'));
  return (
    <>
      {parts.map((part, index) =>
        index % 2 ? <mark key={index}>{part}</mark> : part
      )}
    </>
  );
}

function escape(word: string): string {
  return word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

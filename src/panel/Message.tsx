import * as React from 'react';
import { usePanel } from './context';

export interface IMessageProps {
  title: string;
  /** More sentences, or what to do. */
  children?: React.ReactNode;
  kind?: 'plain' | 'error';
  onRetry?: () => void;
}

/** A state of the panel in words, in place of what cannot be shown. */
export function Message(props: IMessageProps): JSX.Element {
  const { trans } = usePanel();
  return (
    <div
      className="jp-DataLab-message"
      data-kind={props.kind ?? 'plain'}
      role={props.kind === 'error' ? 'alert' : undefined}
    >
      <p className="jp-DataLab-messageTitle">{props.title}</p>
      {props.children}
      {props.onRetry && (
        <button className="jp-DataLab-button" onClick={props.onRetry}>
          {trans.__('Retry')}
        </button>
      )}
    </div>
  );
}

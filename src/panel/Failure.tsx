import * as React from 'react';
import type { ApiErrorKind } from '../api';
import type { ConnectionState } from '../catalogue/connection';
import { usePanel } from './context';
import { Message } from './Message';

export interface IFailureProps {
  kind: ApiErrorKind | ConnectionState;
  /** What the service, or the server extension, says. */
  message: string;
  hint: string;
  onRetry: () => void;
}

/** Why nothing can be shown, and what to do about it. */
export function Failure(props: IFailureProps): JSX.Element {
  const { trans } = usePanel();
  const { kind, message, hint, onRetry } = props;
  switch (kind) {
    case 'missing':
      return (
        <Message
          kind="error"
          title={trans.__('The Data Lab server extension is not running')}
          onRetry={onRetry}
        >
          <p>{trans.__('Install and enable it, then start Jupyter again:')}</p>
          <pre>
            {'pip install jupyterlab-datalab\n'}
            {'jupyter server extension enable jupyterlab_datalab'}
          </pre>
        </Message>
      );
    case 'signed-out':
      return (
        <Message
          kind="error"
          title={trans.__('You are signed out')}
          onRetry={onRetry}
        >
          <p>{trans.__('Reload this page to sign in to Jupyter again.')}</p>
        </Message>
      );
    case 'offline':
      return (
        <Message
          kind="error"
          title={trans.__('The Jupyter server does not answer')}
          onRetry={onRetry}
        >
          <p>{trans.__('The panel goes on as soon as it is back.')}</p>
        </Message>
      );
    case 'down':
      return (
        <Message
          kind="error"
          title={trans.__('The Data Lab is down')}
          onRetry={onRetry}
        >
          <p>{message}</p>
        </Message>
      );
    default:
      return (
        <Message
          kind="error"
          title={trans.__('The catalogues could not be read')}
          onRetry={onRetry}
        >
          <p>{message}</p>
          <p>{hint}</p>
        </Message>
      );
  }
}

import * as React from 'react';
import { usePanel } from '../../panel/context';
import type { Account } from '../account';

/** Name and password; the password goes to the Jupyter server and nowhere else. */
export function SignIn(props: {
  account: Account;
  /** What one signs in for. */
  title: string;
  children?: React.ReactNode;
}): JSX.Element {
  const { trans } = usePanel();
  const { account, title, children } = props;
  const { info, error, busy } = account;
  const id = React.useId();
  const [name, setName] = React.useState(info?.last_name ?? '');
  const [password, setPassword] = React.useState('');
  const passwordInput = React.useRef<HTMLInputElement>(null);
  const expired = info?.state === 'expired';

  const submit = async (event: React.FormEvent) => {
    event.preventDefault();
    const worked = await account.signIn(name.trim(), password);
    setPassword('');
    if (!worked) {
      passwordInput.current?.focus();
    }
  };
  return (
    <form className="jp-DataLab-signIn" onSubmit={submit} aria-busy={busy}>
      <p className="jp-DataLab-messageTitle">
        {expired ? trans.__('Your sign-in has ended') : title}
      </p>
      {expired ? (
        <p>{trans.__('Sign in again to go on where you were.')}</p>
      ) : (
        children
      )}
      <label htmlFor={`${id}-name`}>{trans.__('Name')}</label>
      <input
        id={`${id}-name`}
        name="username"
        autoComplete="username"
        autoCapitalize="off"
        spellCheck={false}
        required
        value={name}
        onChange={event => setName(event.target.value)}
      />
      <label htmlFor={`${id}-password`}>{trans.__('Password')}</label>
      <input
        ref={passwordInput}
        id={`${id}-password`}
        name="password"
        type="password"
        autoComplete="current-password"
        required
        value={password}
        aria-invalid={error ? true : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        onChange={event => setPassword(event.target.value)}
      />
      {error && (
        <p id={`${id}-error`} className="jp-DataLab-formError" role="alert">
          {`${error.message} ${error.hint}`.trim()}
        </p>
      )}
      <button
        type="submit"
        className="jp-DataLab-button jp-mod-accept"
        disabled={busy || !name.trim() || !password}
      >
        {busy ? trans.__('Signing in…') : trans.__('Sign in')}
      </button>
    </form>
  );
}

import {
  fileUploadIcon,
  newFolderIcon,
  refreshIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';
import { QuotaBar } from '../../account/components/QuotaBar';
import { SignIn } from '../../account/components/SignIn';
import { storageIcon } from '../../icons';
import type { IOwn, ISession } from '../../model';
import { usePanel } from '../../panel/context';
import { Failure } from '../../panel/Failure';
import { Message } from '../../panel/Message';
import { Skeleton } from '../../panel/Skeleton';
import { StorageCommandIDs } from '../commands';
import { Crumbs } from './Crumbs';
import { FileList, FileListHeader, useDrops } from './FileList';
import { TaskList } from './TaskList';

/** The virtual storage as a file browser, or why there is none. */
export function StoragePart(props: {
  session: ISession;
  own: IOwn;
}): JSX.Element {
  const { trans } = usePanel();
  const { session, own } = props;
  const { connection } = session;
  const { account, storage } = own;
  const isUp = connection.state === 'ready';

  if (!isUp && connection.state !== 'unknown' && !storage.nodes) {
    return connection.state === 'starting' ? (
      <Message
        title={connection.message || trans.__('The Data Lab is starting.')}
      />
    ) : (
      <Failure
        kind={connection.state}
        message={connection.message}
        hint={connection.hint}
        onRetry={() => connection.look()}
      />
    );
  }
  if (!account.info) {
    return <Skeleton />;
  }
  if (!account.isKnown) {
    return (
      <div className="jp-DataLab-signInPage">
        <storageIcon.react tag="span" className="jp-DataLab-offerIcon" />
        <SignIn account={account} title={trans.__('Your files are here')}>
          <p>{trans.__('Sign in to the Data Lab to see them.')}</p>
        </SignIn>
      </div>
    );
  }
  return <Browser session={session} own={own} />;
}

function Browser(props: { session: ISession; own: IOwn }): JSX.Element {
  const { trans } = usePanel();
  const { session, own } = props;
  const { connection } = session;
  const { account, storage, copies } = own;
  const isUp = connection.state === 'ready' || connection.state === 'unknown';
  const area = React.useRef<HTMLDivElement>(null);
  const [isOver, setOver] = React.useState(false);
  useDrops(own, area);

  const drop = (event: React.DragEvent) => {
    event.preventDefault();
    setOver(false);
    const folder = (event.target as Element)
      .closest('[data-folder]')
      ?.getAttribute('data-folder');
    const files = [...event.dataTransfer.files];
    void copies.upload(files, folder ?? storage.path).then(() => {
      account.look();
      return storage.refresh();
    });
  };
  const brings = (event: React.DragEvent) =>
    event.dataTransfer.types.includes('Files');
  return (
    <div className="jp-DataLab-storage" data-stale={!isUp || undefined}>
      <div
        ref={area}
        className="jp-DataLab-storageArea"
        data-over={isOver || undefined}
        onDragOver={event => {
          if (brings(event)) {
            event.preventDefault();
            setOver(true);
          }
        }}
        onDragLeave={event => {
          if (!event.currentTarget.contains(event.relatedTarget as Node)) {
            setOver(false);
          }
        }}
        onDrop={drop}
      >
        <div className="jp-DataLab-storageBar">
          <Crumbs storage={storage} />
          <Tools />
        </div>
        {!isUp && (
          <div className="jp-DataLab-banner" role="alert">
            <strong>{trans.__('The list below is the last one known.')}</strong>{' '}
            {connection.message}
          </div>
        )}
        <Folder own={own} />
      </div>
      <TaskList tasks={copies.tasks} />
      <div className="jp-DataLab-storageFoot">
        <QuotaBar
          label={trans.__('Storage')}
          usage={account.info?.storage ?? null}
          advice={trans.__('Delete something, or ask for a larger quota.')}
        />
      </div>
    </div>
  );
}

function Folder({ own }: { own: IOwn }): JSX.Element {
  const { commands, trans } = usePanel();
  const { storage } = own;
  if (storage.error && !storage.nodes) {
    return (
      <Message
        kind="error"
        title={trans.__('The files could not be read')}
        onRetry={() => void storage.refresh()}
      >
        <p>{storage.error.message}</p>
        <p>{storage.error.hint}</p>
        {storage.path && (
          <button
            className="jp-DataLab-button"
            onClick={() => void storage.open('')}
          >
            {trans.__('Go to the top folder')}
          </button>
        )}
      </Message>
    );
  }
  if (!storage.nodes) {
    return <Skeleton />;
  }
  if (!storage.nodes.length) {
    return (
      <div className="jp-DataLab-offer">
        <storageIcon.react tag="span" className="jp-DataLab-offerIcon" />
        <p className="jp-DataLab-messageTitle">
          {storage.path
            ? trans.__('This folder is empty')
            : trans.__('Your storage is empty')}
        </p>
        <p>
          {trans.__(
            'Drop files here. Notebooks read them as vos://…, wherever they run.'
          )}
        </p>
        <button
          className="jp-DataLab-button jp-mod-accept"
          onClick={() => void commands.execute(StorageCommandIDs.upload)}
        >
          {trans.__('Upload files')}
        </button>
      </div>
    );
  }
  return (
    <>
      <FileListHeader own={own} />
      <FileList own={own} />
    </>
  );
}

function Tools(): JSX.Element {
  const { commands, trans } = usePanel();
  const tools = [
    {
      command: StorageCommandIDs.upload,
      label: trans.__('Upload files'),
      Icon: fileUploadIcon
    },
    {
      command: StorageCommandIDs.newFolder,
      label: trans.__('New folder'),
      Icon: newFolderIcon
    },
    {
      command: StorageCommandIDs.refresh,
      label: trans.__('Refresh'),
      Icon: refreshIcon
    }
  ];
  return (
    <span className="jp-DataLab-tools">
      {tools.map(({ command, label, Icon }) => (
        <button
          key={command}
          className="jp-DataLab-iconButton"
          aria-label={label}
          title={label}
          onClick={() => void commands.execute(command)}
        >
          <Icon.react tag="span" />
        </button>
      ))}
    </span>
  );
}

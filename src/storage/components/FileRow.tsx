import * as React from 'react';
import { sizeText } from '../../account/sizes';
import type { IStorageNode } from '../../api';
import { usePanel } from '../../panel/context';
import { onDragStart } from '../../panel/press';
import { ago, exactTime } from '../times';
import { endingOf } from '../paths';

export interface IFileRowProps {
  node: IStorageNode;
  index: number;
  total: number;
  start: number;
  selected: boolean;
  /** Whether this is the row that Tab comes to. */
  current: boolean;
  renaming: boolean;
  measure: (element: HTMLElement | null) => void;
  onClick: (event: React.MouseEvent) => void;
  onOpen: () => void;
  onMenu: () => void;
  onRename: (name: string) => void;
  onDrag: (move: PointerEvent) => void;
}

/** One file or folder of the list. */
export function FileRow(props: IFileRowProps): JSX.Element {
  const { node, index, renaming } = props;
  const { trans, iconOf } = usePanel();
  const folder = node.type === 'container';
  const Icon = iconOf(node);
  return (
    <div
      ref={props.measure}
      className="jp-DataLab-file"
      role="option"
      data-index={index}
      data-folder={folder ? node.path : undefined}
      aria-selected={props.selected}
      aria-posinset={index + 1}
      aria-setsize={props.total}
      aria-label={label(node, trans)}
      tabIndex={props.current ? 0 : -1}
      title={tooltip(node, trans)}
      style={{ transform: `translateY(${props.start}px)` }}
      onClick={props.onClick}
      onDoubleClick={props.onOpen}
      onContextMenu={props.onMenu}
      onPointerDown={event =>
        renaming || onDragStart(event, move => props.onDrag(move))
      }
    >
      <Icon.react tag="span" className="jp-DataLab-rowIcon" />
      {renaming ? (
        <NameInput name={node.name} onDone={props.onRename} />
      ) : (
        <span className="jp-DataLab-fileName">{node.name}</span>
      )}
      {node.public && (
        <span
          className="jp-DataLab-badge"
          data-kind="public"
          title={trans.__('Everybody may read it')}
        >
          {trans.__('public')}
        </span>
      )}
      <span className="jp-DataLab-fileTime">{ago(node.modified, trans)}</span>
      <span className="jp-DataLab-fileSize">
        {folder ? '' : sizeText(node.size)}
      </span>
    </div>
  );
}

/** The name of a file while it is being changed; all but the ending is marked. */
function NameInput(props: {
  name: string;
  onDone: (name: string) => void;
}): JSX.Element {
  const { trans } = usePanel();
  const { name, onDone } = props;
  const input = React.useRef<HTMLInputElement>(null);
  const [text, setText] = React.useState(name);
  const done = React.useRef(false);
  const finish = (value: string) => {
    if (!done.current) {
      done.current = true;
      onDone(value);
    }
  };
  React.useLayoutEffect(() => {
    const stem = name.startsWith('.')
      ? name.length
      : name.length - endingOf(name).length;
    input.current?.focus();
    input.current?.setSelectionRange(0, stem);
  }, [name]);
  return (
    <input
      ref={input}
      className="jp-DataLab-nameInput"
      aria-label={trans.__('New name of %1', name)}
      spellCheck={false}
      value={text}
      onChange={event => setText(event.target.value)}
      onBlur={() => finish(text.trim())}
      onClick={event => event.stopPropagation()}
      onDoubleClick={event => event.stopPropagation()}
      onKeyDown={event => {
        event.stopPropagation();
        if (event.key === 'Enter') {
          finish(text.trim());
        } else if (event.key === 'Escape') {
          finish('');
        }
      }}
    />
  );
}

type Trans = ReturnType<typeof usePanel>['trans'];

function label(node: IStorageNode, trans: Trans): string {
  return [
    node.name,
    node.type === 'container' ? trans.__('folder') : sizeText(node.size),
    node.public ? trans.__('public') : ''
  ]
    .filter(Boolean)
    .join(', ');
}

function tooltip(node: IStorageNode, trans: Trans): string {
  return [
    node.name,
    node.type === 'container' ? '' : sizeText(node.size),
    trans.__('Changed %1', exactTime(node.modified)),
    node.groupread.length
      ? trans.__('Shared with %1', node.groupread.join(', '))
      : '',
    trans.__('Drag into a notebook; with Alt into a cell')
  ]
    .filter(Boolean)
    .join('\n');
}

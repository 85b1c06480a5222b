import { closeIcon } from '@jupyterlab/ui-components';
import * as React from 'react';
import { sizeText } from '../../account/sizes';
import { usePanel } from '../../panel/context';
import type { ITask, Tasks } from '../tasks';

/** What is being copied, how far it is, and what has failed. */
export function TaskList({ tasks }: { tasks: Tasks }): JSX.Element | null {
  const { trans } = usePanel();
  if (!tasks.all.length) {
    return null;
  }
  return (
    <ul className="jp-DataLab-tasks" aria-label={trans.__('Copies')}>
      {tasks.all.map(task => (
        <Task key={task.id} task={task} tasks={tasks} />
      ))}
    </ul>
  );
}

function Task(props: { task: ITask; tasks: Tasks }): JSX.Element {
  const { trans } = usePanel();
  const { task, tasks } = props;
  const { label, state, doneBytes, sizeBytes, error } = task;
  const percent = sizeBytes ? Math.floor((100 * doneBytes) / sizeBytes) : 0;
  const words = {
    running: sizeBytes
      ? trans.__('%1 of %2', sizeText(doneBytes), sizeText(sizeBytes))
      : '',
    done: trans.__('Done'),
    failed: trans.__('Failed')
  }[state];
  const stop =
    state === 'running'
      ? trans.__('Stop copying %1', label)
      : trans.__('Dismiss %1', label);
  return (
    <li className="jp-DataLab-task" data-state={state}>
      <span className="jp-DataLab-taskName" title={label}>
        {label}
      </span>
      <span className="jp-DataLab-taskWords">{words}</span>
      <button
        className="jp-DataLab-iconButton"
        aria-label={stop}
        title={stop}
        onClick={() => tasks.dismiss(task)}
      >
        <closeIcon.react tag="span" />
      </button>
      {state === 'failed' ? (
        <p role="alert">{`${error?.message} ${error?.hint}`.trim()}</p>
      ) : (
        <div
          className="jp-DataLab-progressBar"
          role="progressbar"
          aria-label={label}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={state === 'done' ? 100 : percent}
        >
          <div style={{ width: `${state === 'done' ? 100 : percent}%` }} />
        </div>
      )}
    </li>
  );
}

import type { IStateDB } from '@jupyterlab/statedb';
import { Debouncer } from '@lumino/polling';
import type { DataLabModel, IPanelState } from '../model';

const KEY = 'jupyterlab-datalab:panel';

/** How long changes gather before they are written, in milliseconds. */
const REST = 500;

/** Take up what the last visit left, and keep what this one changes. */
export function keepState(model: DataLabModel, stateDB: IStateDB): void {
  model.restore(read(stateDB));
  let last = '';
  const save = new Debouncer(async () => {
    const text = JSON.stringify(model.toState());
    if (model.session && text !== last) {
      last = text;
      await stateDB.save(KEY, JSON.parse(text));
    }
  }, REST);
  model.changed.connect(() => void save.invoke());
}

async function read(stateDB: IStateDB): Promise<IPanelState | null> {
  const saved = await stateDB.fetch(KEY).catch(() => null);
  const state = saved as unknown as IPanelState | null;
  const isWhole = state?.service && Array.isArray(state.catalogue?.expanded);
  return isWhole ? state : null;
}

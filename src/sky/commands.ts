import type { ILayoutRestorer, JupyterFrontEnd } from '@jupyterlab/application';
import { WidgetTracker } from '@jupyterlab/apputils';
import { Debouncer } from '@lumino/polling';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';
import type { ISkyApi } from '../api';
import { isPosition } from '../catalogue/format';
import type { INode } from '../catalogue/nodes';
import { fullName } from '../catalogue/nodes';
import { dataLabIcon } from '../icons';
import type { DataLabModel, ISession } from '../model';
import type { IPanelContext } from '../panel/context';
import type { ISkyState } from './model';
import { SkyModel } from './model';
import { addTab, showTab } from './placement';
import { SkyTab } from './SkyTab';

export namespace SkyCommandIDs {
  export const show = 'datalab-sky:show';
  export const restore = 'datalab-sky:restore';
}

/** How long changes gather before they are kept, in milliseconds. */
const REST = 500;

const ARGUMENTS = {
  type: 'object',
  properties: {
    schema: { type: 'string', description: 'The schema of the table' },
    table: {
      type: 'string',
      description: 'The table; without one, what is chosen in the panel'
    }
  }
} as const;

const STATE = {
  type: 'object',
  properties: {
    service: { type: 'string', description: 'The name of the service' },
    table: { type: 'string', description: 'The full name of the table' },
    view: {
      type: 'object',
      description: 'Where to look: center (ra, dec) and fov_deg, in degrees'
    },
    frame: { type: 'string', enum: ['icrs', 'galactic'] },
    layers: {
      type: 'array',
      description: 'The paths and opacities of what is shown, the lowest first'
    }
  },
  required: ['service', 'table']
} as const;

/** What the commands work with. */
export interface ISkyCommandContext {
  app: JupyterFrontEnd;
  api: ISkyApi;
  model: DataLabModel;
  panel: IPanelContext;
  /** Whether the application is JupyterLab, with its main area. */
  hasMainArea: boolean;
  restorer: ILayoutRestorer | null;
}

/** Add the commands that show tables on the sky, and take up what was open. */
export function addSkyCommands(context: ISkyCommandContext): void {
  const { app, api, model, panel, hasMainArea, restorer } = context;
  const { commands, shell } = app;
  const { trans } = panel;
  const tracker = new WidgetTracker<SkyTab>({ namespace: 'datalab-sky' });
  const target = (args: ReadonlyPartialJSONObject): INode | null =>
    args.table === undefined
      ? (model.session?.catalogue.selected ?? null)
      : (args as unknown as INode);

  const open = async (state: ISkyState) => {
    const tab = new SkyTab(
      panel,
      path => api.layerUrl(state.service, path),
      visible => new SkyModel(api, state, visible)
    );
    const save = new Debouncer(() => tracker.save(tab), REST);
    tab.sky.changed.connect(() => void save.invoke());
    tab.disposed.connect(() => save.dispose());
    await tracker.add(tab);
    addTab(shell, tab, hasMainArea);
  };

  commands.addCommand(SkyCommandIDs.show, {
    label: trans.__('Show on Sky'),
    caption: trans.__('Show where the rows of a table are, over images'),
    icon: dataLabIcon,
    describedBy: { args: ARGUMENTS },
    isVisible: () => hasSky(model.session),
    isEnabled: args => {
      const node = target(args);
      return node?.table !== undefined && maybeOnSky(model.session, node);
    },
    execute: async args => {
      const node = target(args);
      const service = model.session?.service.name;
      if (node?.table === undefined || !service) {
        return;
      }
      const table = fullName(node);
      const known = tracker.find(
        ({ sky }) => sky.service === service && sky.name === table
      );
      if (known) {
        showTab(shell, known);
      } else {
        await open({ service, table });
      }
    }
  });
  commands.addCommand(SkyCommandIDs.restore, {
    label: trans.__('Show a Part of the Sky'),
    describedBy: { args: STATE },
    isVisible: () => false,
    execute: args => open(args as unknown as ISkyState)
  });
  if (restorer) {
    void restorer.restore(tracker, {
      command: SkyCommandIDs.restore,
      args: ({ sky }) => sky.toState() as unknown as ReadonlyPartialJSONObject,
      name: ({ id }) => id
    });
  }
}

/** Whether a service has sky layers of its tables. */
export function hasSky(session: ISession | null): boolean {
  return session?.connection.has('hips') ?? false;
}

/** Whether a table has positions, as far as is known of it. */
function maybeOnSky(session: ISession | null, node: INode): boolean {
  const table = session?.catalogue.asked(node)?.table;
  return hasSky(session) && (!table || table.columns.some(isPosition));
}

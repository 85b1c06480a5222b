import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette, IThemeManager } from '@jupyterlab/apputils';
import { IConsoleTracker } from '@jupyterlab/console';
import { PageConfig } from '@jupyterlab/coreutils';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { DataLabApi } from './api';
import { addCommands, CommandIDs } from './commands';
import { DataLabModel } from './model';
import { dragNode } from './panel/dragging';
import { keepState } from './panel/state';
import { DataLabPanel } from './panel/widget';
import { listenToWidgets } from './snippets/cellevents';
import { NotebookWriter } from './snippets/notebooks';
import { IDataLab } from './tokens';

/** Set by the server extension when the panel is to be seen at the start. */
const OPEN_PANEL = 'datalabOpenPanel';

const plugin: JupyterFrontEndPlugin<IDataLab> = {
  id: 'jupyterlab-datalab:plugin',
  description: "The sky's catalogues in the side panel.",
  autoStart: true,
  provides: IDataLab,
  // Notebook 7 has neither a launcher nor all of the rest on all its pages.
  optional: [
    ICommandPalette,
    IConsoleTracker,
    ILauncher,
    ILayoutRestorer,
    INotebookTracker,
    IStateDB,
    IThemeManager,
    ITranslator
  ],
  activate
};

export default plugin;
export { IDataLab } from './tokens';

function activate(
  app: JupyterFrontEnd,
  palette: ICommandPalette | null,
  consoles: IConsoleTracker | null,
  launcher: ILauncher | null,
  restorer: ILayoutRestorer | null,
  notebooks: INotebookTracker | null,
  stateDB: IStateDB | null,
  themes: IThemeManager | null,
  translator: ITranslator | null
): IDataLab {
  const { commands, shell } = app;
  const trans = (translator ?? nullTranslator).load('jupyterlab_datalab');
  const model = new DataLabModel(
    new DataLabApi(app.serviceManager.serverSettings)
  );
  const writer = new NotebookWriter(shell, notebooks, consoles, trans);
  const panel = new DataLabPanel(
    {
      model,
      commands,
      trans,
      themeChanged: themes?.themeChanged ?? null,
      isDark: () => !(themes?.theme ? themes.isLight(themes.theme) : true),
      drag: (node, event, asText) =>
        void dragNode({ model, writer, trans }, node, event, asText)
    },
    trans
  );
  const show = () => shell.activateById(panel.id);

  addCommands({ commands, model, writer, trans, show });
  listenToWidgets(writer);
  shell.add(panel, 'left', { rank: 300, type: 'Data Lab' });
  restorer?.add(panel, panel.id);
  launcher?.add({ command: CommandIDs.open, category: trans.__('Other') });
  for (const command of [
    CommandIDs.open,
    CommandIDs.refresh,
    CommandIDs.insertQuery,
    CommandIDs.copyQuery,
    CommandIDs.preview
  ]) {
    palette?.addItem({ command, category: trans.__('Data Lab') });
  }
  if (stateDB) {
    keepState(model, stateDB);
  }
  if (PageConfig.getOption(OPEN_PANEL) === 'true') {
    void app.restored.then(show);
  }
  return model;
}

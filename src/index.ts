import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';
import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import { ICommandPalette, IThemeManager } from '@jupyterlab/apputils';
import { IConsoleTracker } from '@jupyterlab/console';
import { PageConfig } from '@jupyterlab/coreutils';
import { IDocumentManager } from '@jupyterlab/docmanager';
import { IDefaultFileBrowser } from '@jupyterlab/filebrowser';
import { ILauncher } from '@jupyterlab/launcher';
import { INotebookTracker } from '@jupyterlab/notebook';
import { IStateDB } from '@jupyterlab/statedb';
import { ITranslator, nullTranslator } from '@jupyterlab/translation';
import { DataLabApi } from './api';
import { addCommands, CommandIDs } from './commands';
import { DataLabModel } from './model';
import { addTableCommands } from './mydb/commands';
import { showSaved } from './outputs/saved';
import type { IPanelContext } from './panel/context';
import { dragNode } from './panel/dragging';
import { reportFailure } from './panel/notices';
import { keepState } from './panel/state';
import { DataLabPanel } from './panel/widget';
import { addSkyCommands, SkyCommandIDs } from './sky/commands';
import { listenToWidgets } from './snippets/cellevents';
import { NotebookWriter } from './snippets/notebooks';
import { iconOf, makeOwn } from './storage/browser';
import { addStorageCommands, StorageCommandIDs } from './storage/commands';
import { acceptInFileBrowser, dragFiles } from './storage/dragging';
import { VosDrive } from './storage/drive';
import { drivePath } from './storage/paths';
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
    IDefaultFileBrowser,
    IDocumentManager,
    ILabShell,
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
  files: IDefaultFileBrowser | null,
  documents: IDocumentManager | null,
  labShell: ILabShell | null,
  launcher: ILauncher | null,
  restorer: ILayoutRestorer | null,
  notebooks: INotebookTracker | null,
  stateDB: IStateDB | null,
  themes: IThemeManager | null,
  translator: ITranslator | null
): IDataLab {
  const { commands, shell } = app;
  const { contents, serverSettings } = app.serviceManager;
  const trans = (translator ?? nullTranslator).load('jupyterlab_datalab');
  const api = new DataLabApi(serverSettings);
  const model = new DataLabModel(api, visible =>
    makeOwn(api, contents, trans, visible)
  );
  const writer = new NotebookWriter(shell, notebooks, consoles, trans);
  const context: IPanelContext = {
    model,
    commands,
    trans,
    themeChanged: themes?.themeChanged ?? null,
    isDark: () => !(themes?.theme ? themes.isLight(themes.theme) : true),
    iconOf: node => iconOf(app.docRegistry, node),
    dragFiles: (nodes, event) => dragFiles(writer, nodes, event),
    insert: code => reportFailure(trans, () => writer.insertCell(code)),
    drag: (node, event, asText) =>
      void dragNode({ model, writer, trans }, node, event, asText)
  };
  const panel = new DataLabPanel(context, trans);
  const show = () => shell.activateById(panel.id);

  // Before anything is restored: documents that were open may be on it.
  contents.addDrive(new VosDrive(api, serverSettings));
  addCommands({ commands, model, writer, trans, show });
  addTableCommands({ commands, model, api, trans });
  addStorageCommands({
    ...{ commands, model, api, writer, trans, show },
    ...{ documents, files }
  });
  addSkyCommands({
    ...{ app, api, model, restorer },
    panel: context,
    hasMainArea: labShell !== null
  });
  if (files) {
    acceptInFileBrowser(
      files,
      (paths, folder) =>
        void model.session?.own?.copies.copy(paths.map(drivePath), folder)
    );
  }
  listenToWidgets(writer);
  if (notebooks) {
    showSaved(notebooks);
  }
  shell.add(panel, 'left', { rank: 300, type: 'Data Lab' });
  restorer?.add(panel, panel.id);
  launcher?.add({ command: CommandIDs.open, category: trans.__('Other') });
  for (const command of [
    CommandIDs.open,
    CommandIDs.refresh,
    CommandIDs.insertQuery,
    CommandIDs.copyQuery,
    CommandIDs.preview,
    SkyCommandIDs.show,
    StorageCommandIDs.show,
    StorageCommandIDs.upload,
    StorageCommandIDs.newFolder
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

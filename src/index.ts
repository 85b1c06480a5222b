import type {
  JupyterFrontEnd,
  JupyterFrontEndPlugin
} from '@jupyterlab/application';

const plugin: JupyterFrontEndPlugin<void> = {
  id: 'jupyterlab-datalab:plugin',
  description: 'The Data Lab side panel.',
  autoStart: true,
  activate: (app: JupyterFrontEnd) => { console.debug(app.name); }
};

export default plugin;

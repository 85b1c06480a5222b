import type { JupyterFrontEnd } from '@jupyterlab/application';
import type { Widget } from '@lumino/widgets';
import { TabPanel } from '@lumino/widgets';

/**
 * Put a widget where a tab goes in this application, and show it.
 *
 * JupyterLab has a main area. In Notebook 7 the start page has tabs of its own,
 * beside that of the files; the page of a notebook has room for one document,
 * and below it an area with tabs.
 *
 * @param hasMainArea Whether the application is JupyterLab.
 */
export function addTab(
  shell: JupyterFrontEnd.IShell,
  widget: Widget,
  hasMainArea: boolean
): void {
  const page = shell.currentWidget;
  if (!hasMainArea && page instanceof TabPanel) {
    page.addWidget(widget);
    page.currentWidget = widget;
  } else {
    shell.add(widget, hasMainArea ? 'main' : 'down', { type: 'Data Lab Sky' });
  }
  showTab(shell, widget);
}

/** Bring a widget that `addTab` has put somewhere to the front. */
export function showTab(shell: JupyterFrontEnd.IShell, widget: Widget): void {
  const page = shell.currentWidget;
  if (page instanceof TabPanel && page.widgets.includes(widget)) {
    page.currentWidget = widget;
    widget.activate();
  } else {
    shell.activateById(widget.id);
  }
}

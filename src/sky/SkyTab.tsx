import { ReactWidget } from '@jupyterlab/ui-components';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import { dataLabIcon } from '../icons';
import type { IPanelContext } from '../panel/context';
import { PanelProvider } from '../panel/context';
import type { SkyModel } from './model';
import { SkyView } from './SkyView';

/** A tab with a table on the sky. */
export class SkyTab extends ReactWidget {
  /**
   * @param makeModel Makes what is shown; told whether it can be seen.
   */
  constructor(
    private _context: IPanelContext,
    private _layerUrl: (path: string) => string,
    makeModel: (visible: () => boolean) => SkyModel
  ) {
    super();
    this.sky = makeModel(() => this.isVisible);
    const { trans } = _context;
    this.id = `jupyterlab-datalab-sky-${++tabs}`;
    this.addClass('jp-DataLab');
    this.addClass('jp-DataLab-skyTab');
    this.title.icon = dataLabIcon;
    this.title.label = trans.__('Sky: %1', this.sky.name);
    this.title.caption = trans.__('%1 on the sky', this.sky.name);
    this.title.closable = true;
    this.node.tabIndex = -1;
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', this.title.caption);
  }

  readonly sky: SkyModel;

  dispose(): void {
    if (!this.isDisposed) {
      this.sky.dispose();
    }
    super.dispose();
  }

  protected onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this.sky.connection.look();
  }

  protected onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    if (this.isVisible) {
      this.sky.connection.look();
    }
  }

  protected onCloseRequest(msg: Message): void {
    super.onCloseRequest(msg);
    this.dispose();
  }

  protected onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    // It takes the focus while it is still empty, too: the application finds by
    // that which of its tabs is in use.
    (
      this.node.querySelector<HTMLElement>('.jp-DataLab-skyKeys') ?? this.node
    ).focus();
  }

  protected render(): JSX.Element {
    return (
      <PanelProvider value={this._context}>
        <SkyView model={this.sky} layerUrl={this._layerUrl} />
      </PanelProvider>
    );
  }
}

let tabs = 0;

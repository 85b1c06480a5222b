import { ReactWidget } from '@jupyterlab/ui-components';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { Message } from '@lumino/messaging';
import * as React from 'react';
import { dataLabIcon } from '../icons';
import type { IPanelContext } from './context';
import { PanelProvider } from './context';
import { Panel } from './Panel';

/** The Data Lab in the side area. */
export class DataLabPanel extends ReactWidget {
  constructor(
    private _context: IPanelContext,
    trans: TranslationBundle
  ) {
    super();
    this.id = 'jupyterlab-datalab';
    this.addClass('jp-DataLab');
    this.title.icon = dataLabIcon;
    this.title.caption = trans.__('Data Lab');
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', trans.__('Data Lab'));
  }

  protected onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._context.model.visible = true;
  }

  protected onAfterHide(msg: Message): void {
    super.onAfterHide(msg);
    this._context.model.visible = false;
  }

  protected onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this.node.querySelector<HTMLElement>('input, button')?.focus();
  }

  protected render(): JSX.Element {
    return (
      <PanelProvider value={this._context}>
        <Panel />
      </PanelProvider>
    );
  }
}

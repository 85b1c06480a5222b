import type { TranslationBundle } from '@jupyterlab/translation';
import type { LabIcon } from '@jupyterlab/ui-components';
import type { CommandRegistry } from '@lumino/commands';
import type { ISignal } from '@lumino/signaling';
import * as React from 'react';
import type { IStorageNode } from '../api';
import type { INode } from '../catalogue/nodes';
import type { DataLabModel } from '../model';

/** What every component of the panel may use. */
export interface IPanelContext {
  model: DataLabModel;
  commands: CommandRegistry;
  trans: TranslationBundle;
  /** Emitted when the colours of the page change. */
  themeChanged: ISignal<unknown, unknown> | null;
  /** Whether the theme is a dark one. */
  isDark: () => boolean;
  /** The icon of a file or folder of the storage. */
  iconOf: (node: IStorageNode) => LabIcon;
  /** Drag files of the storage: into a notebook, or to another folder. */
  dragFiles: (nodes: IStorageNode[], event: PointerEvent) => Promise<void>;
  /** Put code into the notebook, or say why not. */
  insert: (code: string) => Promise<void>;
  /** Drag a node, as a new cell or as text for an existing one. */
  drag: (node: INode, event: PointerEvent, asText: boolean) => void;
}

const Context = React.createContext<IPanelContext | null>(null);

export const PanelProvider = Context.Provider;

export function usePanel(): IPanelContext {
  const context = React.useContext(Context);
  if (!context) {
    throw new Error('This component belongs inside the Data Lab panel.');
  }
  return context;
}

/** Draw again whenever a signal is emitted. */
export function useSignal(signal: ISignal<unknown, unknown> | null): void {
  const [, redraw] = React.useReducer((count: number) => count + 1, 0);
  React.useEffect(() => {
    const slot = () => redraw();
    signal?.connect(slot);
    return () => {
      signal?.disconnect(slot);
    };
  }, [signal]);
}

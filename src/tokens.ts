import { Token } from '@lumino/coreutils';
import type { DataLabModel } from './model';

/** The Data Lab as the panel shows it, for other extensions. */
export type IDataLab = DataLabModel;

export const IDataLab = new Token<IDataLab>(
  'jupyterlab-datalab:IDataLab',
  'The services of the Data Lab, their catalogues, and what is chosen in the panel.'
);

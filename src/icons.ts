import { LabIcon } from '@jupyterlab/ui-components';

import booleanSvg from '../style/icons/boolean.svg';
import dataLabSvg from '../style/icons/datalab.svg';
import intoCellSvg from '../style/icons/into-cell.svg';
import numberSvg from '../style/icons/number.svg';
import otherSvg from '../style/icons/other.svg';
import positionSvg from '../style/icons/position.svg';
import schemaSvg from '../style/icons/schema.svg';
import storageSvg from '../style/icons/storage.svg';
import tableSvg from '../style/icons/table.svg';
import textSvg from '../style/icons/text.svg';
import timeSvg from '../style/icons/time.svg';
import type { ColumnType } from './catalogue/format';

function icon(name: string, svgstr: string): LabIcon {
  return new LabIcon({ name: `jupyterlab-datalab:${name}`, svgstr });
}

export const dataLabIcon = icon('datalab', dataLabSvg);
export const intoCellIcon = icon('into-cell', intoCellSvg);
export const schemaIcon = icon('schema', schemaSvg);
export const storageIcon = icon('storage', storageSvg);
export const tableIcon = icon('table', tableSvg);

export const columnIcons: Record<ColumnType, LabIcon> = {
  boolean: icon('boolean', booleanSvg),
  number: icon('number', numberSvg),
  other: icon('other', otherSvg),
  position: icon('position', positionSvg),
  text: icon('text', textSvg),
  time: icon('time', timeSvg)
};

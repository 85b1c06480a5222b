import * as React from 'react';
import type {
  IColumn,
  IColumnStatistics,
  IStatistics,
  ITable
} from '../../api';
import { usePanel } from '../../panel/context';
import { count, typeName } from '../format';
import { Distribution } from './Distribution';
import { ColumnIcon } from './TreeRow';

/** The columns of a table, each with what is known of it. */
export function ColumnList(props: {
  table: ITable;
  statistics: IStatistics | null;
  /** The name of the column that was chosen in the tree. */
  chosen?: string;
}): JSX.Element {
  const { trans } = usePanel();
  const { columns } = props.table;
  return (
    <div className="jp-DataLab-columns">
      <h3>
        {trans.__('Columns')}{' '}
        <span className="jp-DataLab-dim">{count(columns.length)}</span>
      </h3>
      <ul>
        {columns.map(column => (
          <Column
            key={column.name}
            column={column}
            statistics={props.statistics?.columns[column.name]}
            chosen={column.name === props.chosen}
          />
        ))}
      </ul>
    </div>
  );
}

function Column(props: {
  column: IColumn;
  statistics?: IColumnStatistics;
  chosen: boolean;
}): JSX.Element {
  const { trans } = usePanel();
  const { column, statistics, chosen } = props;
  const item = React.useRef<HTMLLIElement>(null);
  React.useEffect(() => {
    if (chosen) {
      item.current?.scrollIntoView({ block: 'nearest' });
    }
  }, [chosen]);
  return (
    <li ref={item} aria-current={chosen || undefined}>
      <div className="jp-DataLab-columnFirst">
        <ColumnIcon column={column} />
        <span className="jp-DataLab-name" title={column.name}>
          {column.name}
        </span>
        <span className="jp-DataLab-type">{typeName(column)}</span>
        {column.unit && (
          <span className="jp-DataLab-unit" title={trans.__('Unit')}>
            {column.unit}
          </span>
        )}
      </div>
      {statistics && <Distribution column={column} statistics={statistics} />}
      {column.description && <p>{column.description}</p>}
      {column.ucd && (
        <p className="jp-DataLab-ucd" title={trans.__('UCD')}>
          {column.ucd}
        </p>
      )}
    </li>
  );
}

import * as React from 'react';
import type { IDensity, ISkyView } from '../api';
import { count } from '../catalogue/format';
import { usePanel, useSignal } from '../panel/context';
import { graticule } from './aitoff';
import { colour, equalise, paint } from './colours';
import type { Footprints } from './footprints';
import { FrameChoice } from './FrameChoice';

/** Degrees between the lines of the graticule. */
const STEP = 30;

/** Where on the sky the rows of a table are. */
export function Footprint(props: {
  footprints: Footprints;
  /** The full name of the table. */
  name: string;
}): JSX.Element {
  const { trans } = usePanel();
  const { footprints, name } = props;
  const { density, error } = footprints.of(name);
  if (error) {
    return <p className="jp-DataLab-dim">{error.message}</p>;
  }
  return (
    <figure className="jp-DataLab-footprint">
      <Sky name={name} density={density} frame={footprints.frame} />
      <figcaption>
        <FrameChoice
          frame={footprints.frame}
          onChange={frame => (footprints.frame = frame)}
        />
        {density && <Legend density={density} />}
      </figcaption>
      <span className="jp-DataLab-live">
        {trans.__('North is up, east to the left.')}
      </span>
    </figure>
  );
}

function Sky(props: {
  name: string;
  density: IDensity | null;
  frame: ISkyView['frame'];
}): JSX.Element {
  const { trans, isDark, themeChanged } = usePanel();
  const { name, density, frame } = props;
  const canvas = React.useRef<HTMLCanvasElement>(null);
  const dark = isDark();
  useSignal(themeChanged);
  React.useEffect(() => {
    if (density && canvas.current) {
      draw(canvas.current, density, dark);
    }
  }, [density, dark]);
  return (
    <div className="jp-DataLab-sky" aria-busy={!density}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={
          density
            ? trans.__(
                '%1 rows of %2 on the whole sky, %3 coordinates',
                count(density.total),
                name,
                frame === 'icrs' ? trans.__('equatorial') : trans.__('galactic')
              )
            : trans.__('Loading the sky of %1', name)
        }
      />
      <svg viewBox="0 0 2 1" aria-hidden="true">
        {GRATICULE.map((path, index) => (
          <path key={index} d={path} />
        ))}
        <ellipse cx="1" cy="0.5" rx="0.998" ry="0.499" />
      </svg>
    </div>
  );
}

/** What the colours stand for, in rows a square degree. */
function Legend({ density }: { density: IDensity }): JSX.Element | null {
  const { trans, isDark } = usePanel();
  const counts = [...equalise(density.counts).keys()];
  if (!counts.length || !density.cellArea) {
    return null;
  }
  const dark = isDark();
  const stops = [0, 0.25, 0.5, 0.75, 1].map(
    value => `rgb(${colour(value, dark).join(' ')})`
  );
  const perArea = (value: number) =>
    count(Number((value / density.cellArea).toPrecision(2)));
  return (
    <span
      className="jp-DataLab-legend"
      title={trans.__('Rows per square degree; each colour covers as much sky')}
    >
      {perArea(counts[0])}
      <span
        className="jp-DataLab-legendBar"
        style={{ background: `linear-gradient(to right, ${stops.join()})` }}
      />
      {`${perArea(counts[counts.length - 1])} / deg²`}
    </span>
  );
}

function draw(
  canvas: HTMLCanvasElement,
  { width, height, counts }: IDensity,
  dark: boolean
): void {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext('2d');
  if (context && counts.length === width * height) {
    const image = context.createImageData(width, height);
    image.data.set(paint(counts, width, dark));
    context.putImageData(image, 0, 0);
  }
}

const GRATICULE = graticule(STEP).map(
  line =>
    'M' +
    line.map(([x, y]) => `${(2 * x).toFixed(4)} ${y.toFixed(4)}`).join('L')
);

import { nearbyQuery, positionColumns, radiusAround } from '../nearby';
import { STARS } from './fake';

const { columns } = STARS;

describe('the rows near a place', () => {
  it('are asked for in ADQL, the nearest first, one more than is shown', () => {
    expect(nearbyQuery(STARS, [10, -5.5], 0.01)).toBe(
      `SELECT TOP 11 id, ra, dec, mag,
       DISTANCE(POINT(ra, dec), POINT(10.00000000, -5.50000000)) AS distance_deg,
       ra AS place_ra, dec AS place_dec
FROM small.stars
WHERE 1 = CONTAINS(POINT(ra, dec),
                   CIRCLE(10.00000000, -5.50000000, 0.0100000))
ORDER BY distance_deg`
    );
  });

  it('have names of their own where a column has such a name', () => {
    const table = {
      ...STARS,
      columns: [...columns, { ...columns[0], name: 'DISTANCE_DEG' }]
    };
    expect(nearbyQuery(table, [10, 5], 0.01)).toContain(
      'ORDER BY distance_deg_'
    );
  });

  it('are looked for within a few pixels, and never within nothing', () => {
    expect(radiusAround(0.001)).toBeCloseTo(0.006);
    expect(radiusAround(1e-9)).toBeCloseTo(2 / 3600);
    expect(radiusAround(3)).toBe(5);
  });
});

describe('the columns with positions', () => {
  it('are those that the UCDs call the main ones', () => {
    const j2000 = { ...columns[1], name: 'raj2000', ucd: 'pos.eq.ra' };
    expect(positionColumns([j2000, ...columns])).toEqual(['ra', 'dec']);
  });

  it('are known by their names where nothing is said of them', () => {
    const bare = columns.map(column => ({ ...column, ucd: '' }));
    expect(positionColumns(bare)).toEqual(['ra', 'dec']);
    expect(positionColumns(bare.slice(0, 1))).toBeNull();
  });
});

import { OUTSIDE_SKY } from '../../api';
import { aitoff } from '../aitoff';
import { colour, equalise, paint } from '../colours';

describe('a direction on the map of the sky', () => {
  it('at the centre of view is in the middle', () => {
    expect(aitoff(0, 0)).toEqual([0.5, 0.5]);
  });

  it('north is up and east to the left', () => {
    expect(aitoff(0, 90)[1]).toBeCloseTo(0);
    expect(aitoff(0, -90)[1]).toBeCloseTo(1);
    expect(aitoff(180, 0)[0]).toBeCloseTo(0);
    expect(aitoff(90, 0)[0]).toBeLessThan(0.5);
  });

  it('agrees with the definition of Hammer-Aitoff', () => {
    // x = 2γ cos θ sin(φ/2), y = γ sin θ in degrees, at φ = 60°, θ = 30°.
    const gamma = (180 / Math.PI) * Math.sqrt(2 / (1 + 0.75));
    const [x, y] = aitoff(60, 30);
    const plane = (180 / Math.PI) * 2 * Math.SQRT2;
    expect((0.5 - x) * 2 * plane).toBeCloseTo(2 * gamma * 0.4330127, 5);
    expect((0.5 - y) * plane).toBeCloseTo(gamma * 0.5, 5);
  });
});

describe('the colours', () => {
  const counts = new Uint32Array([0, 1, 1, 5, 900, OUTSIDE_SKY]);

  it('give each as much sky as any other', () => {
    expect([...equalise(counts)]).toEqual([
      [1, 0.25],
      [5, 0.625],
      [900, 0.875]
    ]);
  });

  it('leave empty sky and what is no sky clear', () => {
    const stars = new Uint32Array(1200).map((_, i) => (i % 2 ? 7 : 0));
    stars[0] = OUTSIDE_SKY;
    const picture = paint(stars, 40, true);
    const alpha = [...picture.filter((_, i) => i % 4 === 3)];
    expect(alpha).toEqual([...stars].map((_, i) => (i % 2 ? 255 : 0)));
  });

  it('make a small field large enough to be seen', () => {
    const field = new Uint32Array(100);
    field[45] = 3;
    field[99] = 3;
    const alpha = paint(field, 10, true).filter((_, i) => i % 4 === 3);
    expect(alpha.filter(Boolean)).toHaveLength(25 + 9);
  });

  it('run to light on a dark page, and to dark on a light one', () => {
    const light = (rgb: number[]) => rgb[0] + rgb[1] + rgb[2];
    expect(light(colour(1, true))).toBeGreaterThan(light(colour(0, true)));
    expect(light(colour(1, false))).toBeLessThan(light(colour(0, false)));
  });
});

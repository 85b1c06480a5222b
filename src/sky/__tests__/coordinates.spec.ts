import {
  angleText,
  directionText,
  galactic,
  normal,
  readPlace
} from '../coordinates';

describe('galactic coordinates', () => {
  // As astropy has them.
  it.each([
    ['the centre', 266.40499, -28.93617, 0, 0],
    ['M 31', 10.684708, 41.26875, 121.174329, -21.573309],
    ['Fomalhaut', 344.412693, -29.622237, 20.488145, -64.909602]
  ])('of %s are where they should be', (_, ra, dec, l, b) => {
    const [longitude, latitude] = galactic([ra, dec]);
    expect(normal(longitude - l + 180) - 180).toBeCloseTo(0, 3);
    expect(latitude).toBeCloseTo(b, 3);
  });
});

describe('a place in numbers', () => {
  it.each([
    ['10.68 +41.27', 10.68, 41.27],
    ['10.68, -41.27', 10.68, -41.27],
    [' 359.5 −.5 ', 359.5, -0.5],
    ['-10 20', 350, 20],
    ['00h42m44s +41d16m09s', 10.683333, 41.269167],
    ['05:35:17.3 -05:23:28', 83.822083, -5.391111],
    ['12 30 00 -00 30 00', 187.5, -0.5]
  ])('%s is read', (text, ra, dec) => {
    const place = readPlace(text)!;
    expect(place[0]).toBeCloseTo(ra, 5);
    expect(place[1]).toBeCloseTo(dec, 5);
  });

  it.each(['M 31', 'NGC 3115', '47 Tuc', '10 95', '', '10.68'])(
    '“%s” is none',
    text => expect(readPlace(text)).toBeNull()
  );
});

describe('what is looked at in words', () => {
  it('has as many digits as one can see', () => {
    const place = [10.684708, -41.26875] as const;
    expect(directionText(place, 'icrs', 60)).toBe('ICRS 10.68° −41.27°');
    expect(directionText(place, 'icrs', 0.1)).toBe(
      'ICRS 10.684708° −41.268750°'
    );
    expect(directionText([266.40499, -28.93617], 'galactic', 60)).toMatch(
      /^l, b (0|360)\.00° [+−]0\.00°$/
    );
  });

  it('has the unit that fits', () => {
    expect([120, 12.34, 0.5, 0.01].map(angleText)).toEqual([
      '120°',
      '12.3°',
      '30.0′',
      '36.0″'
    ]);
  });
});

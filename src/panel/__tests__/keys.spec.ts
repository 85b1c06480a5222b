import { TypeAhead } from '../keys';

const NAMES = ['alpha', 'Beta', 'beta_two', 'gamma'];

describe('letters that are typed', () => {
  let typed: TypeAhead;

  beforeEach(() => {
    jest.useFakeTimers();
    typed = new TypeAhead();
  });

  afterEach(() => jest.useRealTimers());

  const type = (word: string, from: number): number =>
    [...word].reduce((at, letter) => typed.find(NAMES, at, letter), from);

  it('lead to the next row that begins so, round the end', () => {
    expect(type('b', 1)).toBe(2);
    jest.advanceTimersByTime(600);
    expect(type('b', 2)).toBe(1);
  });

  it('are one word when they follow quickly, in either case', () => {
    expect(type('BETA_', 0)).toBe(2);
  });

  it('are another word after a moment', () => {
    expect(type('b', 0)).toBe(1);
    jest.advanceTimersByTime(600);
    expect(type('g', 1)).toBe(3);
  });

  it('are another word after a key that is no letter', () => {
    expect(type('b', 0)).toBe(1);
    typed.passed('ArrowDown');
    expect(type('g', 2)).toBe(3);
    typed.passed(' ');
    expect(type('a', 3)).toBe(0);
  });

  it('leave the focus where it is when no row begins so', () => {
    expect(type('x', 2)).toBe(2);
  });
});

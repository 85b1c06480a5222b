import { isOwn, ownFirst, sharedBy } from '../schemas';

const schema = (name: string) => ({ name, description: '', tables: 1 });
const order = (names: string[], hasOwn: boolean) =>
  ownFirst(names.map(schema), hasOwn).map(({ name }) => name);

describe('the order of schemas', () => {
  it('has the own tables first, then those that others share', () => {
    expect(order(['gaia_dr3', 'mydb_bob', 'mydb', 'sim_ls'], true)).toEqual([
      'mydb',
      'mydb_bob',
      'gaia_dr3',
      'sim_ls'
    ]);
  });

  it('has a place for the own tables before there are any', () => {
    expect(ownFirst([schema('gaia_dr3')], true)[0]).toMatchObject({
      name: 'mydb',
      tables: 0
    });
    expect(order(['gaia_dr3'], false)).toEqual(['gaia_dr3']);
  });

  it('tells the own from those of others', () => {
    expect([isOwn('mydb'), isOwn('mydb_bob'), sharedBy('mydb_bob')]).toEqual([
      true,
      false,
      'bob'
    ]);
    expect(sharedBy('mydbx')).toBe('');
  });
});

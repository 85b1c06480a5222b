import { FakeApi, settle } from '../../catalogue/__tests__/fake';
import { Account } from '../account';
import { fullness, sizeText } from '../sizes';

describe('the account at a Data Lab', () => {
  let api: FakeApi;
  let account: Account;
  let users: number;
  let tables: number;

  beforeEach(async () => {
    api = new FakeApi();
    api.who = { ...api.who, state: 'anonymous', name: 'anonymous' };
    account = new Account(api, () => true);
    [users, tables] = [0, 0];
    account.userChanged.connect(() => users++);
    account.tablesChanged.connect(() => tables++);
    account.look();
    await settle();
  });

  afterEach(() => account.dispose());

  it('knows nobody before a sign-in, and asks for no tables', () => {
    expect([account.isKnown, account.exists]).toEqual([false, true]);
    expect(api.asked).not.toContain('mydb');
  });

  it('tells of somebody who signs in, and out again', async () => {
    expect(await account.signIn('alice', 'right')).toBe(true);
    expect([account.isKnown, account.info?.name, users]).toEqual([
      true,
      'alice',
      1
    ]);
    await account.signOut();
    expect([account.isKnown, account.info?.last_name, users]).toEqual([
      false,
      'alice',
      2
    ]);
  });

  it('says why a sign-in failed', async () => {
    expect(await account.signIn('alice', 'wrong')).toBe(false);
    expect([account.isKnown, account.error?.refusal, account.busy]).toEqual([
      false,
      'password',
      false
    ]);
  });

  it('tells when a query has made a table', async () => {
    await account.signIn('alice', 'right');
    await settle();
    const before = tables;
    api.own = [
      { name: 'mine', rows: 1, bytes: 9, description: '', shared_with: [] }
    ];
    account.look();
    await settle();
    expect(tables).toBe(before + 1);
    account.look();
    await settle();
    expect(tables).toBe(before + 1);
  });

  it('takes an expired sign-in for none', async () => {
    await account.signIn('alice', 'right');
    api.who = { ...api.who, state: 'expired', last_name: 'alice' };
    account.look();
    await settle();
    expect([account.isKnown, users]).toEqual([false, 2]);
  });
});

describe('sizes', () => {
  it.each([
    [0, '0 B'],
    [999, '999 B'],
    [999_600, '1.0 MB'],
    [1_234, '1.2 kB'],
    [14_000_000, '14 MB'],
    [1e12, '1.0 TB']
  ])('%d', (bytes, text) => {
    expect(sizeText(bytes)).toBe(text);
  });

  it.each([
    [5, null, 'unlimited'],
    [null, 10, 'unlimited'],
    [5, 10, 'roomy'],
    [9, 10, 'nearly-full'],
    [10, 10, 'full'],
    [0, 0, 'full']
  ])('%p of %p is %s', (used_bytes, quota_bytes, state) => {
    expect(fullness({ used_bytes, quota_bytes })).toBe(state);
  });
});

import type { IUsage } from '../../api';
import type { Choice } from '../copies';
import { Copies } from '../copies';
import { Tasks } from '../tasks';
import { FakeStorage } from './fake';

describe('copies into the storage and out of it', () => {
  let fake: FakeStorage;
  let usage: IUsage;
  let choice: Choice;
  let copies: Copies;
  const file = (name: string, size = 5) => new File(['x'.repeat(size)], name);
  const states = () =>
    copies.tasks.all.map(({ label, state }) => `${label} ${state}`);

  beforeEach(() => {
    fake = new FakeStorage();
    usage = { used_bytes: 0, quota_bytes: null };
    choice = 'skip';
    copies = new Copies(
      fake,
      new Tasks(),
      () => usage,
      async () => choice
    );
  });

  it('uploads file by file into the folder', async () => {
    await copies.upload([file('a.csv'), file('b.csv')], 'public');
    expect(fake.asked).toEqual([
      'upload public/a.csv false',
      'upload public/b.csv false'
    ]);
    expect(states()).toEqual(['a.csv done', 'b.csv done']);
  });

  it('replaces a file only when it is told to', async () => {
    await copies.upload([file('notes.txt')], '');
    expect(fake.nodes.get('notes.txt')).toBe(10);
    choice = 'replace';
    await copies.upload([file('notes.txt')], '');
    expect(fake.nodes.get('notes.txt')).toBe(5);
  });

  it('keeps both files under names of their own', async () => {
    choice = 'keep-both';
    fake.nodes.set('notes-1.txt', 1);
    await copies.upload([file('notes.txt')], '');
    expect(fake.nodes.get('notes-2.txt')).toBe(5);
    expect(fake.nodes.get('notes.txt')).toBe(10);
  });

  it('sends nothing that does not fit, and says how much would', async () => {
    usage = { used_bytes: 900, quota_bytes: 1000 };
    await copies.upload([file('large.fits', 200)], '');
    expect(fake.asked).toEqual([]);
    expect(copies.tasks.all[0].error?.message).toBe(
      'There is room for 100 B, and the file has 200 B.'
    );
    usage = { used_bytes: 1000, quota_bytes: 1000 };
    await copies.upload([file('small.csv', 1)], '');
    expect(copies.tasks.all[1].error?.message).toBe('Your storage is full.');
  });

  it('follows a copy from the files of Jupyter to its end', async () => {
    const seen: number[] = [];
    copies.tasks.changed.connect(() =>
      seen.push(copies.tasks.all[0].doneBytes)
    );
    await copies.copy(['work/a.csv'], 'vos:public');
    expect(fake.asked).toEqual(['transfer work/a.csv vos:public/a.csv false']);
    expect(seen).toContain(40);
    expect(states()).toEqual(['a.csv done']);
  });

  it('copies the other way, to the folder of the other file browser', async () => {
    await copies.copy(['vos:public/map.png'], 'work');
    await copies.copy(['vos:notes-old.txt'], '');
    expect(fake.asked).toEqual([
      'transfer vos:public/map.png work/map.png false',
      'transfer vos:notes-old.txt notes-old.txt false'
    ]);
  });

  it('stops at the server what is stopped in the list', async () => {
    const copying = copies.copy(['a.csv'], 'vos:');
    await new Promise(resolve => setTimeout(resolve, 5));
    copies.tasks.dismiss(copies.tasks.all[0]);
    fake.transfers.get('a.csv')![0].state = 'cancelled';
    fake.transfers.get('a.csv')!.length = 1;
    await copying;
    expect(fake.asked).toContain('cancel a.csv');
    expect(states()).toEqual([]);
  });
});

import { ApiError } from '../../api';
import { Storage } from '../storage';
import { FakeStorage } from './fake';

describe('the file browser of the storage', () => {
  let fake: FakeStorage;
  let storage: Storage;
  const names = () => storage.nodes?.map(({ name }) => name);

  beforeEach(() => {
    fake = new FakeStorage();
    storage = new Storage(fake, fake.contents);
  });

  it('lists folders first, and numbers in names as people count', async () => {
    await storage.open('');
    expect(names()).toEqual([
      'public',
      'field2.csv',
      'field10.csv',
      'notes.txt'
    ]);
  });

  it('orders by size, largest first, and back at a second asking', async () => {
    await storage.open('');
    storage.sort('size');
    expect(names()).toEqual([
      'public',
      'field10.csv',
      'field2.csv',
      'notes.txt'
    ]);
    storage.sort('size');
    expect(names()).toEqual([
      'public',
      'notes.txt',
      'field2.csv',
      'field10.csv'
    ]);
  });

  it('reads a long folder in pages, and keeps what is read at a refresh', async () => {
    fake.page = 2;
    await storage.open('');
    expect([names()?.length, storage.partial]).toEqual([2, true]);
    await storage.more();
    expect([names()?.length, storage.partial]).toEqual([4, false]);
    await storage.refresh();
    expect([names()?.length, storage.partial]).toEqual([4, false]);
  });

  it('forgets an answer that comes after another folder was opened', async () => {
    const first = storage.open('');
    await storage.open('public');
    await first;
    expect(names()).toEqual(['map.png']);
  });

  it('keeps the list in sight while it cannot be read again', async () => {
    await storage.open('');
    fake.broken = new ApiError('offline', 'Gone.');
    await storage.refresh();
    expect(storage.error?.message).toBe('Gone.');
    expect(names()).toHaveLength(4);
  });

  it('renames in place and chooses the new name', async () => {
    await storage.open('public');
    await storage.rename('public/map.png', 'sky.png');
    expect(fake.asked).toContain(
      'rename vos:public/map.png vos:public/sky.png'
    );
    expect(storage.selected.map(({ name }) => name)).toEqual(['sky.png']);
  });

  it('leaves a name alone that was not changed, or given up', async () => {
    await storage.open('');
    await storage.rename('notes.txt', 'notes.txt');
    await storage.rename('notes.txt', '');
    expect(fake.asked.join()).not.toContain('rename');
  });

  it.each(['a/b', '..', '.'])('takes %s for no name', async name => {
    await storage.open('');
    await expect(storage.rename('notes.txt', name)).rejects.toThrow(
      'cannot be the name'
    );
  });

  it('makes a folder whose name can be written at once', async () => {
    await storage.open('public');
    await storage.makeFolder();
    expect(storage.renaming).toBe('public/Untitled Folder');
  });

  it('chooses nothing that is not there any more', async () => {
    await storage.open('');
    storage.select(['notes.txt', 'public']);
    await storage.delete(['notes.txt']);
    expect(storage.selected.map(({ path }) => path)).toEqual(['public']);
  });

  it('gives the focus to the folder that was left, and to the first inside', async () => {
    await storage.open('');
    expect(storage.focused).toBeNull();
    await storage.open('public');
    expect(storage.focused).toBe('');
    await storage.open('');
    expect(storage.focused).toBe('public');
  });

  it('knows nothing of the user before', async () => {
    await storage.open('public');
    storage.reset();
    expect([storage.nodes, storage.path]).toEqual([null, '']);
  });
});

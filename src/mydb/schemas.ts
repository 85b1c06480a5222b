import type { ISchema } from '../api';

/** The schema of the user's own tables, as queries write it. */
export const MYDB = 'mydb';

/** The schemas of tables that others share: `mydb_alice`. */
const SHARED = /^mydb_(.+)$/;

/** Whether tables of a schema are the user's own. */
export function isOwn(schema: string): boolean {
  return schema === MYDB;
}

/** Who shares the tables of a schema; empty where it is no schema of that kind. */
export function sharedBy(schema: string): string {
  return SHARED.exec(schema)?.[1] ?? '';
}

/**
 * The user's own tables first, then what others share, then the surveys.
 *
 * @param hasOwn Whether the user may have tables; an empty list of them is
 * shown too, since it says how to make one.
 */
export function ownFirst(schemas: ISchema[], hasOwn: boolean): ISchema[] {
  const own = schemas.filter(({ name }) => isOwn(name));
  const shared = schemas.filter(({ name }) => sharedBy(name));
  const others = schemas.filter(({ name }) => !isOwn(name) && !sharedBy(name));
  if (hasOwn && !own.length) {
    own.push({ name: MYDB, description: '', tables: 0 });
  }
  return [...own, ...shared, ...others];
}

// What the walk does with a route, said by each feature in routes.mjs or in a file of its own under routes/.
//   open                 no rows of units: everybody who may call it gets the same
//   self                 the caller's own
//   list(truth)          a list; truth(rows of the database, walker) gives the ids that the walker should see; rowId: what stands for an id in its rows
//   one(sample, body)    a record by id (or by what `id` and `query` say of it); body is one that would be right for a record in scope
//   make(body)           a write whose body or query names the other unit's organisation or record: it must be refused
//   mine                 a write into the caller's own organisation that cannot name another
// and, as an object: { kind: 'export' | 'ask' | 'sheet', ... }, see walk.test.mjs.
export const open = { kind: 'open' };
export const self = { kind: 'self' };
export const mine = { kind: 'mine' };
export const list = (table, truth = owned, options = {}) => ({ kind: 'list', table, truth, ...options });
export const one = (sample, body, options = {}) => ({ kind: 'one', sample, body, ...options });
export const make = (body, options = {}) => ({ kind: 'make', body, ...options });

/** Configuration: the platform's own applies to everybody, so whoever may read configuration reads it. */
export const inherited = (rows, who) => rows.filter((row) => !row.org || who.sees.has(row.org)).map((row) => row.id);

/** The rows of units that the walker sees; what belongs to nobody is seen by whoever sees everything. */
export function owned(rows, who) {
  return rows.filter((row) => who.sees.has(row.org || 'nobody')).map((row) => row.id);
}

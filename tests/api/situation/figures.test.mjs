// Every figure of the overview opens its list, and the list counts the same, for each data scope. Other tests change the
// platform meanwhile, so a comparison holds when figure and list agree once.
import { assert, signIn, test, until } from '../lib/harness.mjs';

async function listed(client, link) {
  const { json } = await client.get(link.path, { query: { ...link.query, size: 1 } });
  return json.total;
}

/** [what, figure, link] of everything in an overview that is a count. */
function figures(overview, permissions) {
  const { counters, levels, ranking, map, totals, trend, range } = overview;
  const all = [];
  for (const key of ['open_warnings', 'waiting_sign', 'due_24h', 'overdue']) all.push([key, counters[key].value, counters[key].link]);
  for (const l of levels) all.push([`level ${l.level}`, l.count, l.link]);
  for (const [group, rows] of Object.entries(ranking)) {
    for (const row of rows.slice(0, 6)) {
      all.push([`${group} ${row.label_zh} open`, row.open, row.link], [`${group} ${row.label_zh} in range`, row.total, row.range_link]);
    }
  }
  for (const place of map.filter((p) => p.visible)) {
    all.push([`map ${place.label_zh}`, place.open, place.link], [`map ${place.label_zh} late`, place.overdue, place.late_link]);
  }
  for (const [key, permission] of [['assets', 'asset.read'], ['orgs', 'org.read']]) {
    if (permissions.includes(permission)) all.push([key, totals[key].value, totals[key].link]);
  }
  if (range !== 'year') {
    for (const d of trend.slice(-8)) {
      const next = new Date(Date.parse(`${d.day}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
      all.push([`trend ${d.day}`, d.l1 + d.l2 + d.l3 + d.l4,
        { path: '/warnings', query: { published_from: `${d.day}T00:00:00+08:00`, published_to: `${next}T00:00:00+08:00` } }]);
    }
  }
  return all;
}

async function differences(client, range) {
  const overview = (await client.get('/situation/overview', { query: { range } })).json;
  const wrong = [];
  let counted = 0;
  for (const [what, figure, link] of figures(overview, client.permissions)) {
    const total = await listed(client, link);
    counted += figure > 0;
    if (total !== figure) wrong.push(`${what}: ${figure}, its list ${total}`);
  }
  assert.ok(counted > 5, 'the overview has figures to compare');
  assert.deepEqual(wrong, []);
  return true;
}

for (const [who, options] of [['analyst', {}], ['analyst', { n: 2 }], ['unit_filler', {}]]) {
  test(`each figure equals its list: ${who} ${options.n ?? ''}`, async () => {
    const client = await signIn(who, options);
    for (const range of ['7d', '30d']) {
      await until(() => differences(client, range), { every: 500, what: `figures of ${range} equal their lists` });
    }
  });
}

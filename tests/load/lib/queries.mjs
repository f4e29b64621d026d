// The page's query as the platform prepares it, for the floor and the peers: one text per kind of data scope. A drift
// from backend/src/assets/asset_store.c shows as a body that differs.
const COLUMNS =
  'a.id, a.asset_no, a.class_code, a.category_code, a.name, a.state_code, a.importance, a.main_address, a.org_id, ' +
  'o.name AS org_name, a.os_name, a.os_version, a.internet_exposed, a.source_code, a.updated_at, a.version';

const scope = (index, where, params) => ({
  page: `SELECT ${COLUMNS} FROM assets a FORCE INDEX (ix_assets_${index}) JOIN orgs o ON o.id = a.org_id WHERE ${where} ` +
    'ORDER BY a.updated_at DESC, a.id DESC LIMIT 20',
  count: `SELECT COUNT(*) AS n FROM (SELECT 1 FROM assets a FORCE INDEX (ix_assets_${index}) WHERE ${where} LIMIT 10001) x`,
  params,
});

export const SCOPES = {
  all: scope('all', 'TRUE', []),
  l2: scope('l2', 'a.org_l2 = ?', ['org']),
  own3: scope('l3', '(a.org_l3 = ? AND a.org_id = ?)', ['l3', 'org']),
};

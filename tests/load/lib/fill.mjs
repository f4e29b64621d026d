// Fills a demonstration platform with organisations and assets by SQL, the same each time. Units differ in size as in life:
// the share of the unit at rank x of N falls as 1/sqrt(x).
const ZERO = '00000000';

/** n more units below the prefectures of the demonstration. */
export async function addUnits(stack, n) {
  await stack.sql(`
    INSERT INTO orgs (id, parent_id, depth, name, short_name, org_type, org_level, region_code, is_demo, created_at, updated_at,
      org_l1, org_l2, org_l3, sector_code)
    SELECT x.id, p.id, 3, CONCAT('压测单位', x.seq), CONCAT('压测', x.seq), '10', '3', p.region_code, TRUE, NOW(6), NOW(6), p.org_l1, p.org_l2, x.id,
      LPAD(1 + x.seq MOD 12, 2, '0')
    FROM (SELECT seq, CAST(CONCAT('${ZERO}-0000-7000-8000-', LPAD(HEX(seq), 12, '0')) AS UUID) AS id FROM seq_1_to_${n}) x
    JOIN (SELECT o.*, ROW_NUMBER() OVER (ORDER BY region_code, id) - 1 AS k, COUNT(*) OVER () AS total FROM orgs o
      WHERE depth = 2 AND org_l2 IS NOT NULL) p ON p.k = x.seq * x.seq MOD p.total`);
}

/** Assets number first to last, each with one address in its unit's private range. */
export async function addAssets(stack, first, last) {
  await stack.sql(`
    CREATE TABLE IF NOT EXISTS bench_units AS
      SELECT ROW_NUMBER() OVER (ORDER BY MD5(name)) - 1 AS k, o.id, o.org_l1, o.org_l2, o.org_l3, o.sector_code FROM orgs o WHERE depth = 3;
    ALTER TABLE bench_units ADD PRIMARY KEY IF NOT EXISTS (k);`);
  const step = 50_000;
  for (let from = first; from <= last; from += step) await addChunk(stack, from, Math.min(last, from + step - 1));
  // What came by SQL is in no outbox: the workers' index of claims is to be read anew.
  await stack.sql(`ANALYZE TABLE assets, asset_addresses, orgs;
    INSERT INTO config_versions (kind) VALUES ('ownership') ON DUPLICATE KEY UPDATE version = version + 1`);
}

const idOf = (prefix) => `CAST(CONCAT('${prefix}', SUBSTR(LPAD(HEX(x.seq), 8, '0'), 1, 4), '-', SUBSTR(LPAD(HEX(x.seq), 8, '0'), 5, 4), '-7000-8000-', LPAD(HEX(x.seq), 12, '0')) AS UUID)`;

async function addChunk(stack, from, to) {
  const source = `(SELECT seq, CONV(SUBSTR(MD5(seq), 1, 8), 16, 10) / 4294967296 AS u, CONV(SUBSTR(MD5(seq), 9, 6), 16, 10) AS h FROM seq_${from}_to_${to}) x
    JOIN bench_units b ON b.k = FLOOR(x.u * x.u * (SELECT COUNT(*) FROM bench_units))`;
  const address = `CONCAT('10.', x.seq DIV 65536 MOD 256, '.', x.seq DIV 256 MOD 256, '.', x.seq MOD 256)`;
  await stack.sql(`
    INSERT INTO assets (id, asset_no, class_code, category_code, name, state_code, importance, internet_exposed, os_name, os_version,
      main_address, source_code, match_key, created_at, updated_at, first_seen_at, last_seen_at, org_id, org_l1, org_l2, org_l3, sector_code)
    SELECT ${idOf('0198')}, CONCAT('BENCH', LPAD(x.seq, 9, '0')),
      ELT(1 + x.h MOD 8, 'hardware', 'hardware', 'hardware', 'system', 'software', 'network', 'data', 'hardware'),
      IF(x.h MOD 8 IN (0, 1, 2, 7), '01.01', NULL), CONCAT(ELT(1 + x.h MOD 5, '应用服务器', '数据库服务器', '核心交换机', '业务受理平台', '日志审计设备'), ' ', x.seq),
      IF(x.h MOD 19 = 0, '04', '02'), 1 + x.h MOD 3, x.h MOD 5 = 0, ELT(1 + x.h MOD 4, '银河麒麟', '统信 UOS', 'openEuler', 'Windows Server'),
      ELT(1 + x.h MOD 4, 'V10 SP3', 'V20 1060', '22.03 LTS', '2019'), ${address}, IF(x.h MOD 9 = 0, '02', '01'), UNHEX(MD5(CONCAT('bench', x.seq))),
      '2025-06-01', '2025-06-01' + INTERVAL x.h SECOND + INTERVAL x.seq MOD 1000000 MICROSECOND, '2025-06-01', '2025-06-01',
      b.id, b.org_l1, b.org_l2, b.org_l3, b.sector_code FROM ${source};
    INSERT INTO asset_addresses (id, asset_id, space_id, kind, value, lo, hi, valid_from, source_code, org_id, org_l1, org_l2, org_l3, sector_code)
    SELECT ${idOf('0199')}, ${idOf('0198')}, s.id, 'ip', ${address}, INET6_ATON(CONCAT('::ffff:', ${address})), INET6_ATON(CONCAT('::ffff:', ${address})),
      '2025-06-01', '01', b.id, b.org_l1, b.org_l2, b.org_l3, b.sector_code
    FROM ${source} JOIN (SELECT id FROM address_spaces WHERE kind = 'gov_extranet' OR kind = 'internet' ORDER BY kind DESC LIMIT 1) s;`);
}

export const assetCount = async (stack) => Number((await stack.sql('SELECT COUNT(*) FROM assets'))[0][0]);

/* The demonstration's past: how its assets had grown week by week, from the days on which they were first seen. */
#include "kernel/clock.h"
#include "packs/seed.h"
#include "statistics/tally_store.h"

#define WHY "the demonstration as a whole"
SQL_SYSTEM(
    demo_days_sql, WHY,
    "INSERT IGNORE INTO asset_days (place, day, total, systems, physical, virtual, domestic, origins, is_demo) "
    "SELECT p.place, w.day, COUNT(*), SUM(a.class_code = 'system'), SUM(a.category_code LIKE '01%' AND a.class_code = 'hardware' "
    "AND NOT v.yes), SUM(a.category_code LIKE '01%' AND a.class_code = 'hardware' AND v.yes), SUM(a.class_code IN ('hardware', "
    "'software') AND a.origin_code = '1'), SUM(a.class_code IN ('hardware', 'software') AND a.origin_code IN ('1', '2', '3')), TRUE "
    "FROM (SELECT DATE(:now) - INTERVAL 7 * seq DAY AS day FROM seq_1_to_53) w "
    "JOIN assets a ON a.is_demo AND a.first_seen_at < w.day + INTERVAL 1 DAY "
    "JOIN (SELECT id, COALESCE(JSON_VALUE(attributes, '$.is_virtual') IN ('1', 'true'), FALSE) OR COALESCE(category_code = "
    "'01.10', FALSE) AS yes FROM assets WHERE is_demo) v ON v.id = a.id "
    "JOIN (SELECT o.id, CONCAT('o', CASE k.seq WHEN 1 THEN o.org_l1 WHEN 2 THEN o.org_l2 ELSE o.org_l3 END) AS place "
    "FROM orgs o JOIN seq_1_to_3 k UNION SELECT o.id, CONCAT('s', o.sector_code) FROM orgs o UNION SELECT o.id, 'all' FROM orgs o) p "
    "ON p.id = a.org_id AND p.place IS NOT NULL GROUP BY p.place, w.day");
SQL_SYSTEM(demo_days_remove_sql, WHY, "DELETE FROM asset_days WHERE is_demo");
SQL_SYSTEM(demo_note_sql, WHY,
           "INSERT INTO asset_count_notes (org_id, noted_at) SELECT DISTINCT p.org_id, :now FROM asset_count_places p "
           "ON DUPLICATE KEY UPDATE noted_at = VALUES(noted_at)");

static struct error *days_load(struct services *s, struct arena *a)
{
    return db_exec(s->db, a, &demo_days_sql, ARGS(A_TIME(a, "now", clock_now_us())), NULL);
}

static struct error *days_remove(struct services *s, struct arena *a)
{
    return db_exec(s->db, a, &demo_days_remove_sql, NO_ARGS, NULL);
}
DEMO(asset_days, 50, days_load, days_remove);

/* Loading announces its assets; when they are taken away, after this note's turn, they are counted anew. */
static struct error *nothing(struct services *s, struct arena *a)
{
    (void)s, (void)a;
    return NULL;
}

static struct error *note_all(struct services *s, struct arena *a)
{
    return db_exec(s->db, a, &demo_note_sql, ARGS(A_TIME(a, "now", clock_now_us())), NULL);
}
DEMO(asset_counts, 35, nothing, note_all);

/* The demonstration's pools: each unit was given the /24 that its machines stand in. */
#include "kernel/clock.h"
#include "packs/seed.h"
#include "http/services.h"

#define WHY "the demonstration as a whole"
SQL_SYSTEM(
    demo_pools_sql, WHY,
    "INSERT IGNORE INTO address_pools (id, space_id, lo, hi, name, purpose, used, probed, created_at, updated_at, org_id, org_l1, org_l2, "
    "org_l3, org_l4, org_l5, org_l6, sector_code) SELECT UUID(), g.space_id, CONCAT(g.net, CHAR(0)), CONCAT(g.net, CHAR(255)), "
    "CONCAT(o.short_name, '办公与业务网'), '业务主机与终端', g.n, 0, :now, :now, o.id, o.org_l1, o.org_l2, o.org_l3, o.org_l4, o.org_l5, o.org_l6, "
    "o.sector_code FROM (SELECT x.space_id, LEFT(x.lo, 15) AS net, x.org_id, COUNT(DISTINCT x.lo) AS n FROM asset_addresses x JOIN orgs d ON "
    "d.id = x.org_id WHERE d.is_demo AND x.kind = 'ip' AND x.valid_to IS NULL GROUP BY x.space_id, net, x.org_id) g JOIN orgs o ON "
    "o.id = g.org_id");
SQL_SYSTEM(demo_pools_remove_sql, WHY, "DELETE p FROM address_pools p JOIN orgs o ON o.id = p.org_id WHERE o.is_demo");
SQL_SYSTEM(demo_pool_news_remove_sql, WHY, "DELETE n FROM pool_news n JOIN orgs o ON o.id = n.org_id WHERE o.is_demo");

static struct error *pools_load(struct services *s, struct arena *a)
{
    return db_exec(s->db, a, &demo_pools_sql, ARGS(A_TIME(a, "now", clock_now_us())), NULL);
}

static struct error *pools_remove(struct services *s, struct arena *a)
{
    TRY(db_exec(s->db, a, &demo_pool_news_remove_sql, NO_ARGS, NULL));
    return db_exec(s->db, a, &demo_pools_remove_sql, NO_ARGS, NULL);
}
DEMO(address_pools, 46, pools_load, pools_remove);

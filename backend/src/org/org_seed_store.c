/* Regions, sectors, the root organisation, the internet's address space. */
#include "http/services.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "org/org.h"
#include "packs/seed.h"

SQL(region_seed_sql, "INSERT IGNORE INTO regions (code, name_zh, name_en, short_zh, parent_code) "
                     "VALUES (:code, :zh, :en, :short, :parent)");
SQL(sector_seed_sql,
    "INSERT IGNORE INTO sectors (code, label_zh, label_en, sort_order, shipped) VALUES (:code, :zh, :en, :at, TRUE)");
SQL_SYSTEM(root_seed_sql, "the first organisation of an empty platform",
           "INSERT INTO orgs (id, depth, name, org_type, org_level, region_code, is_office, is_realm, created_at, "
           "updated_at, org_l1, sector_code) SELECT :id, 1, :name, '01', '2', :region, TRUE, TRUE, :now, :now, :id, '07' "
           "FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM orgs)");
SQL(space_seed_sql, "INSERT INTO address_spaces (id, kind, name, created_at) SELECT :id, :kind, :name, :now "
                    "FROM DUAL WHERE NOT EXISTS (SELECT 1 FROM address_spaces WHERE kind = :kind)");

static const char *at(json_t *row, size_t i)
{
    return json_string_value(json_array_get(row, i));
}

static struct error *regions_seed(struct services *s, struct arena *a)
{
    json_t *pack, *row;
    size_t i;
    TRY(pack_read(s, a, "regions.json", &pack));
    json_array_foreach(json_object_get(pack, "items"), i, row)
        TRY(db_exec(s->db, a, &region_seed_sql,
                    ARGS(A_Z("code", at(row, 0)), A_Z("zh", at(row, 1)), A_Z("en", at(row, 2)), A_Z("short", at(row, 3)),
                         A_Z("parent", at(row, 4))),
                    NULL));
    json_t *root = json_object_get(pack, "root");
    return db_exec(s->db, a, &root_seed_sql,
                   ARGS(A_Z("id", id_new().s), A_Z("name", json_string_value(json_object_get(root, "name"))),
                        A_Z("region", json_string_value(json_object_get(root, "region"))), A_TIME(a, "now", clock_now_us())),
                   NULL);
}
SEEDER(regions, 10, regions_seed);

static struct error *sectors_seed(struct services *s, struct arena *a)
{
    json_t *pack, *row;
    size_t i;
    TRY(pack_read(s, a, "sectors.json", &pack));
    json_array_foreach(json_object_get(pack, "items"), i, row)
        TRY(db_exec(s->db, a, &sector_seed_sql,
                    ARGS(A_Z("code", at(row, 0)), A_Z("zh", at(row, 1)), A_Z("en", at(row, 2)), A_INT("at", (int64_t)i)), NULL));
    return NULL;
}
SEEDER(sectors, 11, sectors_seed);

static struct error *spaces_seed(struct services *s, struct arena *a)
{
    static const char *const kinds[][2] = {{"internet", "互联网"}, {"gov_extranet", "电子政务外网"}};
    for (size_t i = 0; i < 2; i++)
        TRY(db_exec(
            s->db, a, &space_seed_sql,
            ARGS(A_Z("id", id_new().s), A_Z("kind", kinds[i][0]), A_Z("name", kinds[i][1]), A_TIME(a, "now", clock_now_us())),
            NULL));
    return NULL;
}
SEEDER(spaces, 12, spaces_seed);

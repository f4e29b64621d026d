/* The demonstration's assets: about 3,000 over the units, reported in the course of a year. */
#include "assets/asset_store.h"
#include "audit/audit.h"
#include "kernel/clock.h"
#include "org/org.h"
#include "ownership/owner.h"
#include "packs/seed.h"

enum { EACH = 45, BATCH = 45, YEAR_DAYS = 360 };

SQL_SYSTEM(demo_units_sql, "the demonstration's own units",
           "SELECT id, short_name FROM orgs WHERE is_demo AND depth = 3 ORDER BY region_code, name");
/* A unit reports all its assets on one day; since then each was looked at again at a time that its number decides. */
SQL_SYSTEM(
    demo_mark_sql, "the demonstration as a whole",
    "UPDATE assets a JOIN orgs o ON o.id = a.org_id SET a.is_demo = TRUE, a.updated_at = a.first_seen_at + INTERVAL "
    "CRC32(a.asset_no) % (1 + TIMESTAMPDIFF(SECOND, a.first_seen_at, :now)) SECOND, a.last_seen_at = a.first_seen_at + INTERVAL "
    "CRC32(a.asset_no) % (1 + TIMESTAMPDIFF(SECOND, a.first_seen_at, :now)) SECOND WHERE o.is_demo");
SQL_SYSTEM(demo_claims_remove_sql, "the demonstration as a whole",
           "DELETE x FROM asset_addresses x JOIN orgs o ON o.id = x.org_id WHERE o.is_demo");
SQL_SYSTEM(demo_assets_remove_sql, "the demonstration as a whole",
           "DELETE FROM assets WHERE is_demo OR org_id IN (SELECT id FROM orgs WHERE is_demo)");

static const char *word(json_t *pack, const char *list, int i)
{
    json_t *words = json_object_get(pack, list);
    return json_string_value(json_array_get(words, (size_t)i % json_array_size(words)));
}

static void fill(struct arena *a, json_t *pack, const char *unit, int u, int i, struct asset *x)
{
    static const char *const categories[] = {"01.01", "01.02", "04.01", "03.02", "04.06", "04.08", "05.01"};
    static const char *const systems[] = {"银河麒麟", "银河麒麟", "统信 UOS", "openEuler", "Windows Server", "CentOS"};
    static const char *const versions[] = {"V10 SP3", "V10", "V20 1060", "22.03 LTS", "2019", "7"};
    bool system = i % 8 == 0;
    int kind = i % 7;
    x->f[ASSET_CLASS] = system ? STR("system") : STR("hardware");
    x->f[ASSET_CATEGORY] = system ? str_of(arena_printf(a, "%02d", i / 8 % 6 + 1)) : str_of(categories[kind]);
    x->f[ASSET_NAME] =
        str_of(arena_printf(a, "%s%s %02d", unit, system ? word(pack, "systems", i / 8) : word(pack, "hardware", kind), i));
    x->f[ASSET_IMPORTANCE] = str_of(i % 11 == 0 ? "1" : i % 3 == 0 ? "2" : "3");
    x->f[ASSET_NETWORK] = str_of(i % 5 == 0 ? "01" : i % 3 == 0 ? "02" : "06");
    x->f[ASSET_STATE] = str_of(i % 19 == 0 ? "04" : "02");
    x->f[ASSET_ORIGIN] = str_of((u + i) % 6 < 4 ? "1" : "2");
    if (!system) {
        x->f[ASSET_OS] = str_of(systems[(u + i) % 6]);
        x->f[ASSET_OS_VERSION] = str_of(versions[(u + i) % 6]);
    } else {
        x->f[ASSET_MLPS] = str_of(i % 16 == 0 ? "3" : "2");
    }
    x->exposed = i % 5 == 0;
    x->source = i % 9 == 0 ? "02" : "01";
    /* 198.18.0.0/15 is set aside for tests; the private ones overlap between units, as they do outside. */
    if (!system)
        asset_address_parse(a, ADDRESS_IP, str_of(arena_printf(a, "10.%d.%d.%d", u % 16 + 16, u / 16, i + 1)),
                            &x->addresses[x->address_count++]);
    if (system)
        asset_address_parse(a, ADDRESS_DOMAIN, str_of(arena_printf(a, "s%d-u%d.tongchou-demo.cn", i, u)),
                            &x->addresses[x->address_count++]);
}

static struct error *load_unit(struct services *s, struct arena *a, json_t *pack, const char *org_id, const char *name, int u)
{
    const struct catalogue *c;
    struct org_stamp org;
    bool found;
    char issuer[13];
    uint64_t first[2];
    struct asset *batch[BATCH];
    struct audit_entry notes[BATCH];
    int64_t now = clock_now_us() - (int64_t)((u * 53) % YEAR_DAYS + 1) * INT64_C(86400000000);
    TRY(catalogue_get(s, a, &c));
    TRY(org_stamp_get(s->db, a, org_id, &org, &found));
    TRY(asset_issuer(s, a, org_id, issuer));
    TRY(asset_number_block(s, a, issuer, STR("02"), EACH, &first[0]));
    TRY(asset_number_block(s, a, issuer, STR("03"), EACH, &first[1]));
    for (int i = 0; i < EACH; i++) {
        struct asset *x = batch[i] = arena_zalloc(a, sizeof *x);
        x->org = org;
        fill(a, pack, name, u, i, x);
        TRY(asset_normalise(a, c, x));
        bool system = str_is(x->f[ASSET_CLASS], "system");
        x->f[ASSET_NO] = asset_number(a, issuer, system ? STR("02") : STR("03"), first[!system] + (unsigned)i);
        TRY(asset_place(s, a, x));
        notes[i] = (struct audit_entry){
            .action = "asset.create", .subject_kind = "asset", .subject_id = x->id, .org = org, .after = asset_json(a, x)};
    }
    TRY(asset_insert_many(s, a, batch, EACH, now));
    struct audit_actor who = audit_actor_of_job(NULL, &org, NULL);
    TRY(audit_write_many(s, a, &who, notes, EACH));
    return asset_announce(s, a, "asset.created", batch, EACH);
}

static struct error *assets_load(struct services *s, struct arena *a)
{
    struct rows rows;
    json_t *pack;
    char *ids[256], *names[256];
    int n = 0;
    TRY(pack_read(s, a, "demo.json", &pack));
    TRY(db_query(s->db, a, &demo_units_sql, NO_ARGS, &rows));
    while (n < 256 && rows_next(&rows)) {
        ids[n] = row_dup(&rows, a, 0);
        names[n++] = row_dup(&rows, a, 1);
    }
    TRY(rows_end(&rows));
    for (int u = 0; u < n; u++) {
        struct arena_mark mark = arena_mark(a);
        TRY(load_unit(s, a, pack, ids[u], names[u], u));
        arena_reset_to(a, mark);
    }
    return db_exec(s->db, a, &demo_mark_sql, ARGS(A_TIME(a, "now", clock_now_us())), NULL);
}

static struct error *assets_remove(struct services *s, struct arena *a)
{
    TRY(db_exec(s->db, a, &demo_claims_remove_sql, NO_ARGS, NULL));
    TRY(owner_reload(s, a));
    return db_exec(s->db, a, &demo_assets_remove_sql, NO_ARGS, NULL);
}
DEMO(assets, 40, assets_load, assets_remove);

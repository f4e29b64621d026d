/* The demonstration's assets: about 3,000 over the units, reported in the course of a year. */
#include "assets/asset_store.h"

#include <stdlib.h>

#include "audit/audit.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "org/org.h"
#include "ownership/owner.h"
#include "packs/seed.h"

/* Of a unit: systems and machines, then one of each other kind (two of software). */
enum { MACHINES = 45, EACH = 51, YEAR_DAYS = 360 };
enum { ROOM = MACHINES, NETWORK, DATABASE, MIDDLEWARE, DATA, TEAM };

SQL_SYSTEM(demo_units_sql, "the demonstration's own units",
           "SELECT id, short_name FROM orgs WHERE is_demo AND depth = 3 ORDER BY region_code, name");
/* A unit reports all its assets on one day; since then each was looked at again at a time that its number decides. */
SQL_SYSTEM(
    demo_mark_sql, "the demonstration as a whole",
    "UPDATE assets a JOIN orgs o ON o.id = a.org_id SET a.is_demo = TRUE, a.updated_at = a.first_seen_at + INTERVAL "
    "CRC32(a.asset_no) % (1 + TIMESTAMPDIFF(SECOND, a.first_seen_at, :now)) SECOND, a.last_seen_at = a.first_seen_at + INTERVAL "
    "CRC32(a.asset_no) % (1 + TIMESTAMPDIFF(SECOND, a.first_seen_at, :now)) SECOND WHERE o.is_demo");
SQL(demo_relation_sql, "INSERT INTO asset_relations (id, kind, from_id, to_id, source_code, created_at) "
                       "VALUES (:id, :kind, :from, :to, '01', :now)");
SQL_SYSTEM(demo_claims_remove_sql, "the demonstration as a whole",
           "DELETE x FROM asset_addresses x JOIN orgs o ON o.id = x.org_id WHERE o.is_demo");
SQL_SYSTEM(demo_assets_remove_sql, "the demonstration as a whole",
           "DELETE FROM assets WHERE is_demo OR org_id IN (SELECT id FROM orgs WHERE is_demo)");

SQL_SYSTEM(demo_changes_remove_sql, "the demonstration as a whole",
           "DELETE c FROM asset_changes c JOIN orgs o ON o.id = c.org_id WHERE o.is_demo");
SQL_SYSTEM(demo_feed_remove_sql, "the demonstration as a whole",
           "DELETE f FROM asset_feed f JOIN orgs o ON o.id = f.org_id WHERE o.is_demo");

static const char *word(json_t *pack, const char *list, int i)
{
    json_t *words = json_object_get(pack, list);
    return json_string_value(json_array_get(words, (size_t)i % json_array_size(words)));
}

static struct str said(struct arena *a, json_t *attributes)
{
    char *text = json_dumps(attributes, JSON_COMPACT);
    struct str out = str_of(arena_strdup(a, text ? text : "{}"));
    free(text);
    json_decref(attributes);
    return out;
}

static void fill_machine(struct arena *a, json_t *pack, const char *unit, int u, int i, struct asset *x)
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
    x->attributes = system ? said(a, json_pack("{s:s,s:i,s:s,s:s,s:b,s:s}", "function_desc", "面向公众和企业的业务办理",
                                               "user_count", (u + 3) * (i + 7) * 13 % 90000, "service_scope",
                                               i % 16 == 0 ? "4" : "6", "deploy_mode", u % 3 ? "1" : "2", "has_personal_info",
                                               i % 16 == 0, "mlps_eval_date", u % 4 ? "2026-03-18" : "2025-05-20"))
                           : said(a, json_pack("{s:b,s:s,s:i,s:s,s:s}", "is_virtual", (u + i) % 3 == 0, "cpu_type",
                                               (u + i) % 6 < 4 ? ((u + i) % 2 ? "鲲鹏 920" : "飞腾 S2500") : "Intel Xeon Gold",
                                               "mem_gb", 16 << i % 4, "online_date", "2024-06-01", "warranty_end",
                                               (u + i) % 5 ? "2028-06-30" : "2026-10-31"));
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

static void fill_other(struct arena *a, const char *unit, int u, int i, struct asset *x)
{
    static const struct {
        const char *class, *category, *name;
    } kinds[] = {{"room", "01", "中心机房"},       {"network", "02", "政务外网接入"}, {"software", "02", "业务数据库"},
                 {"software", "03", "应用中间件"}, {"data", "05", "业务办理数据"},    {"emergency", "02", "技术支撑组"}};
    static const char *const skills[] = {"ir", "pentest", "data", "forensics"};
    const int k = i - ROOM;
    x->f[ASSET_CLASS] = str_of(kinds[k].class);
    x->f[ASSET_CATEGORY] = str_of(kinds[k].category);
    x->f[ASSET_NAME] = str_of(arena_printf(a, "%s%s", unit, kinds[k].name));
    x->f[ASSET_STATE] = STR("02");
    x->f[ASSET_ORIGIN] = str_of(u % 3 ? "1" : "2");
    x->source = "01";
    if (i == ROOM)
        x->attributes = said(a, json_pack("{s:s,s:i,s:s,s:s}", "provider", unit, "rack_total", u % 20 + 4, "build_level",
                                          u % 4 ? "B" : "A", "duty_mode", "1"));
    else if (i == NETWORK)
        x->attributes = said(a, json_pack("{s:b,s:s,s:i,s:i}", "is_internet_connected", 1, "isp", u % 2 ? "1" : "2",
                                          "bandwidth_mbps", 100 << u % 4, "egress_count", 1));
    else if (i == DATABASE)
        x->attributes = said(a, u % 3 ? json_pack("{s:s,s:s,s:s}", "vendor", "达梦", "product", "达梦 DM", "version", "8")
                                      : json_pack("{s:s,s:s,s:s}", "vendor", "Oracle", "product", "Oracle", "version", "19c"));
    else if (i == MIDDLEWARE)
        x->attributes = said(a, u % 2 ? json_pack("{s:s,s:s,s:s}", "vendor", "东方通", "product", "东方通 TongWeb", "version", "7")
                                      : json_pack("{s:s,s:s,s:s}", "vendor", "Apache", "product", "Tomcat", "version", "9"));
    else if (i == DATA)
        x->attributes = said(a, json_pack("{s:s,s:i,s:i,s:i,s:b}", "data_level", u % 5 ? "3" : "2", "record_count", (u + 1) * 12000,
                                          "volume_gb", u % 40 + 2, "pi_subject_count", (u + 1) * 900, "cross_border", 0));
    else
        x->attributes = said(a, json_pack("{s:[s,s],s:s,s:i,s:s,s:b,s:i}", "specialty", skills[u % 4], skills[(u + 1) % 4],
                                          "leader", "值班组长", "response_minutes", 30 + u % 5 * 30, "status", u % 6 ? "1" : "2",
                                          "on_duty", u % 2, "team_size", u % 6 + 3));
}

/* The unit's systems run on its machines, which stand in its room and network, and hold its data. */
static struct error *relate(struct services *s, struct arena *a, struct asset *const *x)
{
    enum { MOST = EACH * 4 };
    struct str id[MOST], kind[MOST], from[MOST], to[MOST];
    size_t n = 0;
#define RELATE(k, f, t) \
    (id[n] = str_of(arena_strdup(a, id_new().s)), kind[n] = STR(k), from[n] = str_of(x[f]->id), to[n] = str_of(x[t]->id), n++)
    for (int i = 0; i < MACHINES; i++)
        if (i % 8 == 0) {
            RELATE("runs_on", i, i + 1);
            if (i + 2 < MACHINES)
                RELATE("runs_on", i, i + 2);
            RELATE("uses", i, i % 16 ? MIDDLEWARE : DATABASE);
            if (i % 16 == 0)
                RELATE("holds", i, DATA);
        } else {
            RELATE("located_in", i, ROOM);
            RELATE("connected_to", i, NETWORK);
        }
    RELATE("installed_on", DATABASE, 2);
    RELATE("installed_on", MIDDLEWARE, 1);
    RELATE("stored_in", DATA, DATABASE);
#undef RELATE
    return db_exec_many(s->db, a, &demo_relation_sql, n,
                        COLUMNS(C_TEXT("id", id), C_TEXT("kind", kind), C_TEXT("from", from), C_TEXT("to", to),
                                C_SAME(A_TIME(a, "now", clock_now_us()))),
                        NULL);
}

static struct error *load_unit(struct services *s, struct arena *a, json_t *pack, const char *org_id, const char *name, int u)
{
    const struct catalogue *c;
    struct org_stamp org;
    bool found;
    char issuer[13];
    uint64_t first[8] = {0}; /* number of the next one of each class, by its part */
    struct asset *batch[EACH];
    struct audit_entry notes[EACH];
    int64_t now = clock_now_us() - (int64_t)((u * 53) % YEAR_DAYS + 1) * INT64_C(86400000000);
    TRY(catalogue_get(s, a, &c));
    TRY(org_stamp_get(s->db, a, org_id, &org, &found));
    TRY(asset_issuer(s, a, org_id, issuer));
    for (int i = 0; i < EACH; i++) {
        struct asset *x = batch[i] = arena_zalloc(a, sizeof *x);
        x->org = org;
        if (i < MACHINES)
            fill_machine(a, pack, name, u, i, x);
        else
            fill_other(a, name, u, i, x);
        TRY(asset_normalise(a, c, x));
        struct str part = catalogue_class(c, x->f[ASSET_CLASS])->number_part;
        uint64_t *next = &first[(part.p[1] - '1') % 8];
        if (!*next)
            TRY(asset_number_block(s, a, issuer, part, EACH, next));
        x->f[ASSET_NO] = asset_number(a, issuer, part, (*next)++);
        TRY(asset_place(s, a, x));
        notes[i] = (struct audit_entry){
            .action = "asset.create", .subject_kind = "asset", .subject_id = x->id, .org = org, .after = asset_json(a, x)};
    }
    TRY(asset_insert_many(s, a, batch, EACH, now));
    TRY(relate(s, a, batch));
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
    TRY(db_exec(s->db, a, &demo_changes_remove_sql, NO_ARGS, NULL));
    TRY(db_exec(s->db, a, &demo_feed_remove_sql, NO_ARGS, NULL));
    TRY(db_exec(s->db, a, &demo_claims_remove_sql, NO_ARGS, NULL));
    TRY(owner_reload(s, a));
    return db_exec(s->db, a, &demo_assets_remove_sql, NO_ARGS, NULL);
}
DEMO(assets, 40, assets_load, assets_remove);

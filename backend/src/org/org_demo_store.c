/* The demonstration's organisations and people: 16 prefectures, departments of the province, five units each. The same words
 * and numbers each time; ids, keys and passwords are of the installation. */
#include "http/services.h"
#include "kernel/clock.h"
#include "kernel/crypto.h"
#include "kernel/id.h"
#include "org/org.h"
#include "packs/seed.h"

enum { UNITS_EACH = 4, DEPARTMENTS = 4 };

SQL_SYSTEM(demo_root_sql, "the demonstration hangs below the root",
           "SELECT id FROM orgs WHERE parent_id IS NULL ORDER BY created_at LIMIT 1");
SQL(demo_regions_sql, "SELECT code, short_zh FROM regions WHERE parent_code IS NOT NULL ORDER BY code");
SQL(demo_org_sql,
    "INSERT INTO orgs (id, parent_id, depth, name, short_name, org_type, org_level, region_code, is_office, is_cii, is_demo, "
    "created_at, updated_at, org_l1, org_l2, org_l3, sector_code) VALUES (:id, :parent, :depth, :name, :short, :type, :level, "
    ":region, :office, :cii, TRUE, :now, :now, :l1, :l2, :l3, :sector)");
SQL_SYSTEM(demo_realm_sql, "the demonstration's first prefecture runs its own sub-system",
           "UPDATE orgs SET is_realm = TRUE WHERE id = :id");
SQL(demo_person_sql,
    "INSERT INTO people (id, name, title, duty, phone_secret, phone_index, mobile_secret, mobile_index, is_demo, created_at, "
    "updated_at, " ORG_COLUMNS
    ") VALUES (:id, :name, :title, :duty, :phone, :phone_index, :mobile, :mobile_index, TRUE, :now, :now, " ORG_VALUES ")");
SQL(demo_people_remove_sql, "DELETE FROM people WHERE is_demo");
SQL_SYSTEM(demo_spaces_remove_sql, "the demonstration as a whole",
           "DELETE FROM address_spaces WHERE org_id IN (SELECT id FROM orgs WHERE is_demo)");
SQL_SYSTEM(demo_orgs_remove_sql, "the demonstration as a whole", "DELETE FROM orgs WHERE is_demo ORDER BY depth DESC");

struct demo {
    struct services *s;
    struct arena *a;
    json_t *pack;
    int64_t now;
    char root[37];
    int units, people;
};

static const char *word(struct demo *d, const char *list, int i)
{
    json_t *words = json_object_get(d->pack, list);
    return json_string_value(json_array_get(words, (size_t)i % json_array_size(words)));
}

static struct error *add_org(struct demo *d, const struct org_stamp *s, const char *parent, const char *name,
                             const char *short_name, const char *type, const char *level, const char *region, bool office, bool cii)
{
    return db_exec(d->s->db, d->a, &demo_org_sql,
                   ARGS(A_Z("id", s->org_id), A_Z("parent", parent), A_INT("depth", s->depth), A_Z("name", name),
                        A_Z("short", short_name), A_Z("type", type), A_Z("level", level), A_Z("region", region),
                        A_INT("office", office), A_INT("cii", cii), A_TIME(d->a, "now", d->now - 370 * INT64_C(86400000000)),
                        A_OPT("l1", str_of(s->level[0])), A_OPT("l2", str_of(s->level[1])), A_OPT("l3", str_of(s->level[2])),
                        A_OPT("sector", str_of(s->sector))),
                   NULL);
}

static struct error *add_person(struct demo *d, const struct org_stamp *org, const char *duty, const char *title)
{
    int n = d->people++;
    const char *phone = arena_printf(d->a, "0871-6%07d", 5000000 + n * 137),
               *mobile = arena_printf(d->a, "199%08d", 10000000 + n * 7919);
    struct str sealed[2];
    unsigned char index[2][BLIND_BYTES];
    TRY(secret_put(d->s->keys, d->a, "people.phone", str_of(phone), &sealed[0]));
    TRY(secret_put(d->s->keys, d->a, "people.mobile", str_of(mobile), &sealed[1]));
    blind_index(d->s->keys, "people.phone", str_of(phone), index[0]);
    blind_index(d->s->keys, "people.mobile", str_of(mobile), index[1]);
    return db_exec(
        d->s->db, d->a, &demo_person_sql,
        ARGS(A_Z("id", id_new().s),
             A_Z("name", arena_printf(d->a, "%s%s", word(d, "family", n * 7 + n / 20), word(d, "given", n * 5 + n / 16))),
             A_Z("title", title), A_Z("duty", duty), A_BYTES("phone", sealed[0].p, sealed[0].n),
             A_BYTES("phone_index", index[0], BLIND_BYTES), A_BYTES("mobile", sealed[1].p, sealed[1].n),
             A_BYTES("mobile_index", index[1], BLIND_BYTES), A_TIME(d->a, "now", d->now), ORG_ARGS(org)),
        NULL);
}

static struct org_stamp below(const struct org_stamp *parent, const char *sector)
{
    struct org_stamp s = *parent;
    uuid id = id_new();
    memcpy(s.org_id, id.s, sizeof id.s);
    memcpy(s.level[s.depth++], id.s, sizeof id.s);
    memset(s.sector, 0, sizeof s.sector);
    if (sector)
        memcpy(s.sector, sector, strlen(sector) + 1);
    return s;
}

/* region is "" in front of the units of the province itself. */
static struct error *add_units(struct demo *d, const struct org_stamp *parent, const char *prefix, const char *region, int count)
{
    for (int i = 0; i < count; i++) {
        int n = d->units++;
        json_t *kinds = json_object_get(d->pack, "kinds"), *k = json_array_get(kinds, (size_t)(n + n / 8) % json_array_size(kinds));
        struct org_stamp s = below(parent, json_string_value(json_object_get(k, "sector")));
        const char *brand = word(d, "brands", n * 3 + n / 20), *suffix = json_string_value(json_object_get(k, "suffix"));
        TRY(add_org(d, &s, parent->org_id, arena_printf(d->a, "%s%s%s", prefix, brand, suffix),
                    arena_printf(d->a, "%s%s", prefix, brand), json_string_value(json_object_get(k, "org_type")), "3", region,
                    false, json_is_true(json_object_get(k, "cii"))));
        TRY(add_person(d, &s, "principal", "主要负责人"));
        TRY(add_person(d, &s, "liaison", "联络员"));
    }
    return NULL;
}

static struct error *orgs_load(struct services *s, struct arena *a)
{
    struct demo d = {.s = s, .a = a, .now = clock_now_us()};
    struct rows rows;
    struct org_stamp root;
    bool found;
    char codes[32][7], *names[32];
    int regions = 0;
    TRY(pack_read(s, a, "demo.json", &d.pack));
    TRY(db_one(s->db, a, &demo_root_sql, NO_ARGS, &rows, &found));
    if (!found)
        return error_new(a, ERR_CONFLICT, "there is no organisation: run seed first");
    const char *id = row_dup(&rows, a, 0);
    TRY(rows_end(&rows));
    TRY(org_stamp_get(s->db, a, id, &root, &found));
    TRY(db_query(s->db, a, &demo_regions_sql, NO_ARGS, &rows));
    while (regions < 32 && rows_next(&rows)) {
        memcpy(codes[regions], row_text(&rows, 0).p, 6);
        codes[regions][6] = '\0';
        names[regions++] = row_dup(&rows, a, 1);
    }
    TRY(rows_end(&rows));
    struct org_stamp direct = below(&root, NULL);
    TRY(add_org(&d, &direct, root.org_id, "省直单位（演示）", "省直", "03", "2", "530000", false, false));
    TRY(add_units(&d, &direct, "滇", "530000", DEPARTMENTS));
    for (int i = 0; i < regions; i++) {
        struct org_stamp office = below(&root, "07");
        TRY(add_org(&d, &office, root.org_id, arena_printf(a, "%s网络安全协调组（演示）", names[i]), names[i], "01", "3", codes[i],
                    true, false));
        if (i == 0)
            TRY(db_exec(s->db, a, &demo_realm_sql, ARGS(A_Z("id", office.org_id)), NULL));
        TRY(add_person(&d, &office, "liaison", "联络员"));
        TRY(add_units(&d, &office, names[i], codes[i], UNITS_EACH));
    }
    return NULL;
}

static struct error *orgs_remove(struct services *s, struct arena *a)
{
    TRY(db_exec(s->db, a, &demo_people_remove_sql, NO_ARGS, NULL));
    TRY(db_exec(s->db, a, &demo_spaces_remove_sql, NO_ARGS, NULL));
    return db_exec(s->db, a, &demo_orgs_remove_sql, NO_ARGS, NULL);
}
DEMO(orgs, 10, orgs_load, orgs_remove);

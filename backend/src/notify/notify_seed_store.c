/* The shipped templates, rules and quiet hours of the platform, from backend/packs/notices.json; and what of the demonstration's units
 * was told, taken away with them. */
#include "http/services.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "packs/seed.h"

SQL(template_seed_sql,
    "INSERT IGNORE INTO notify_templates (id, event, kind, lang, subject, body, builtin, created_at, updated_at) "
    "VALUES (:id, :event, :kind, :lang, :subject, :body, TRUE, :now, :now)");
SQL(rule_seed_sql,
    "INSERT INTO notify_rules (id, event, levels, kind, audience, audience_code, optional, builtin, created_at, updated_at) "
    "SELECT :id, :event, :levels, :kind, :audience, :code, :optional, TRUE, :now, :now FROM DUAL WHERE :fresh");
SQL(rules_shipped_sql, "SELECT COUNT(*) FROM notify_rules WHERE builtin");
SQL(quiet_seed_sql, "INSERT IGNORE INTO notify_quiet (realm_org_id, enabled, from_minute, to_minute, updated_at) "
                    "VALUES (NULL, :enabled, :from, :to, :now)");
SQL_SYSTEM(demo_deliveries_remove_sql, "the demonstration goes as a whole",
           "DELETE d FROM deliveries d JOIN orgs o ON o.id = d.org_id WHERE o.is_demo");
SQL_SYSTEM(demo_notices_remove_sql, "the demonstration goes as a whole",
           "DELETE n FROM notices n JOIN orgs o ON o.id = n.org_id WHERE o.is_demo");

static const char *text(json_t *o, const char *name)
{
    const char *s = json_string_value(json_object_get(o, name));
    return s ? s : "";
}

#define NOW A_TIME(a, "now", clock_now_us())

static struct error *seed_rules(struct services *s, struct arena *a, json_t *list)
{
    int64_t shipped;
    size_t i, k;
    json_t *x, *level;
    TRY(db_int(s->db, a, &rules_shipped_sql, NO_ARGS, 0, &shipped));
    json_array_foreach(list, i, x) {
        unsigned bits = 0;
        json_array_foreach(json_object_get(x, "levels"), k, level)
            bits |= 1U << json_integer_value(level);
        TRY(db_exec(s->db, a, &rule_seed_sql,
                    ARGS(A_Z("id", id_new().s), A_Z("event", text(x, "event")), A_INT("levels", bits), A_Z("kind", text(x, "kind")),
                         A_Z("audience", text(x, "audience")), A_Z("code", text(x, "audience_code")),
                         A_INT("optional", json_is_true(json_object_get(x, "optional"))), A_INT("fresh", shipped == 0), NOW),
                    NULL));
    }
    return NULL;
}

static struct error *notify_seed(struct services *s, struct arena *a)
{
    json_t *pack, *x;
    size_t i;
    TRY(pack_read(s, a, "notices.json", &pack));
    json_array_foreach(json_object_get(pack, "templates"), i, x)
        TRY(db_exec(s->db, a, &template_seed_sql,
                    ARGS(A_Z("id", id_new().s), A_Z("event", text(x, "event")), A_Z("kind", text(x, "kind")),
                         A_Z("lang", text(x, "lang")), A_Z("subject", text(x, "subject")), A_Z("body", text(x, "body")), NOW),
                    NULL));
    TRY(seed_rules(s, a, json_object_get(pack, "rules")));
    json_t *quiet = json_object_get(pack, "quiet");
    return db_exec(s->db, a, &quiet_seed_sql,
                   ARGS(A_INT("enabled", json_is_true(json_object_get(quiet, "enabled"))),
                        A_INT("from", json_integer_value(json_object_get(quiet, "from"))),
                        A_INT("to", json_integer_value(json_object_get(quiet, "to"))), NOW),
                   NULL);
}
SEEDER(notify, 40, notify_seed);

static struct error *demo_load(struct services *s, struct arena *a)
{
    (void)s;
    (void)a;
    return NULL;
}

static struct error *demo_remove(struct services *s, struct arena *a)
{
    TRY(db_exec(s->db, a, &demo_deliveries_remove_sql, NO_ARGS, NULL));
    return db_exec(s->db, a, &demo_notices_remove_sql, NO_ARGS, NULL);
}
DEMO(notify, 70, demo_load, demo_remove);

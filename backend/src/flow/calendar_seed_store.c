/* The working days of the platform's realm, from backend/packs/calendar.json. */
#include "http/services.h"
#include "packs/seed.h"

SQL(calendar_seed_sql, "INSERT IGNORE INTO calendar_days (day, working, label_zh, label_en) VALUES (:day, :working, :zh, :en)");

static const char *text(json_t *o, const char *name)
{
    return json_string_value(json_object_get(o, name));
}

static struct error *calendar_seed(struct services *s, struct arena *a)
{
    json_t *pack, *day;
    size_t i;
    TRY(pack_read(s, a, "calendar.json", &pack));
    json_array_foreach(json_object_get(pack, "days"), i, day)
        TRY(db_exec(s->db, a, &calendar_seed_sql,
                    ARGS(A_Z("day", text(day, "day")), A_INT("working", json_is_true(json_object_get(day, "working"))),
                         A_Z("zh", text(day, "label_zh")), A_Z("en", text(day, "label_en"))),
                    NULL));
    return NULL;
}
SEEDER(calendar, 30, calendar_seed);

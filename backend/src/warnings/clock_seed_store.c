/* Initial deadlines by level, from backend/packs/warning-clocks.json. What a site has changed stays. */
#include "http/services.h"
#include "packs/seed.h"

SQL(clock_seed_sql,
    "INSERT IGNORE INTO warning_clocks (level, receipt_minutes, feedback_minutes, fix_minutes, calendar, work_from, work_to) "
    "VALUES (:level, :receipt_minutes, :feedback_minutes, :fix_minutes, :calendar, :work_from, :work_to)");

static struct sql_arg number(json_t *o, const char *name)
{
    return A_INT(name, json_integer_value(json_object_get(o, name)));
}

static struct error *clocks_seed(struct services *s, struct arena *a)
{
    json_t *pack, *c;
    size_t i;
    TRY(pack_read(s, a, "warning-clocks.json", &pack));
    json_array_foreach(json_object_get(pack, "clocks"), i, c)
        TRY(db_exec(s->db, a, &clock_seed_sql,
                    ARGS(number(c, "level"), number(c, "receipt_minutes"), number(c, "feedback_minutes"), number(c, "fix_minutes"),
                         A_Z("calendar", json_string_value(json_object_get(c, "calendar"))), number(c, "work_from"),
                         number(c, "work_to")),
                    NULL));
    return NULL;
}
SEEDER(warning_clocks, 31, clocks_seed);

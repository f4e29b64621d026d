/* /calendar */
#include <stdlib.h>

#include "flow/calendar_store.h"
#include "json/write.h"
#include "org/realm.h"

struct error *calendar_get(struct request *r);
struct error *calendar_put(struct request *r);

struct error *calendar_get(struct request *r)
{
    struct rows x;
    TRY(calendar_rows(r, param_int(r, "year", 0), &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "day", str_chars(row_text(&x, 0), 10));
        jw_row_bool(&w, "working", &x, 1);
        jw_str(&w, "label_zh", row_text(&x, 2));
        jw_str(&w, "label_en", row_text(&x, 3));
        jw_row_text(&w, "realm_org_id", &x, 4);
        jw_row_text(&w, "realm_name", &x, 5);
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end_whole(r);
}

struct error *calendar_put(struct request *r)
{
    char realm[37];
    struct org_stamp stamp;
    json_t *days = body_get(r, "days"), *day;
    size_t i;
    TRY(realm_for_write(r, body_str(r, "realm"), realm, &stamp));
    json_array_foreach(days, i, day) {
        const json_t *working = json_object_get(day, "working");
        struct str label = json_str(day, "label").n ? json_str(day, "label") : STR("");
        TRY(json_is_boolean(working) ? calendar_day_put(r, realm, json_str(day, "day"), json_is_true(working), label)
                                     : calendar_day_drop(r, realm, json_str(day, "day")));
    }
    char *text = json_dumps(days, JSON_COMPACT);
    request_audit(r, "calendar", NULL, &stamp, STR(""), str_of(arena_strdup(r->arena, text ? text : "[]")));
    free(text);
    return reply_empty(r, 204);
}

/* /setup */
#include "access/setup.h"
#include "json/write.h"

struct error *setup_get(struct request *r);
struct error *setup_finish(struct request *r);

struct error *setup_get(struct request *r)
{
    struct rows rows;
    TRY(setup_rows(r, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "id", row_text(&rows, 0));
        jw_str(&w, "username", row_text(&rows, 1));
        jw_str(&w, "display_name", row_text(&rows, 2));
        jw_int(&w, "version", row_int(&rows, 3));
        jw_str(&w, "kind", row_text(&rows, 4));
        jw_row_bool(&w, "ready", &rows, 5);
        jw_object_end(&w);
    }
    TRY(rows_end(&rows));
    return list_end_whole(r);
}

struct error *setup_finish(struct request *r)
{
    bool set_up, ready;
    TRY(setup_account(r, r->who->id, &set_up));
    if (!set_up)
        return conflict(r, "this is not a set-up account");
    TRY(setup_ready(r, &ready));
    if (!ready)
        return conflict(r,
                        "each of the three administrators signs in and replaces the first password before the set-up account goes");
    TRY(setup_disable(r, r->who->id));
    request_audit(r, "user", r->who->id, &r->who->org, STR(""), STR(""));
    return reply_empty(r, 204);
}

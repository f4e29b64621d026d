/* /asset-changes: what was reported, and how it stands. It is decided where its flow is. */
#include "assets/change.h"
#include "json/write.h"

struct error *asset_change_list(struct request *r);
struct error *asset_change_get(struct request *r);

static void put_change(struct jw *w, struct rows *x)
{
    jw_str(w, "id", row_text(x, CH_ID));
    jw_str(w, "action", row_text(x, CH_ACTION));
    jw_str(w, "state", row_text(x, CH_STATE));
    jw_row_text(w, "asset_id", x, CH_ASSET);
    jw_row_text(w, "class_code", x, CH_CLASS);
    jw_str(w, "title", row_text(x, CH_TITLE));
    jw_row_text(w, "reason", x, CH_REASON);
    jw_row_text(w, "opinion", x, CH_OPINION);
    jw_row_text(w, "created_by", x, CH_BY);
    jw_row_time(w, "created_at", x, CH_AT);
    jw_row_time(w, "ended_at", x, CH_ENDED);
    jw_str(w, "org_id", row_text(x, CH_ORG));
    jw_str(w, "org_name", row_text(x, CH_ORG_NAME));
}

struct error *asset_change_list(struct request *r)
{
    struct page p;
    struct rows x;
    int64_t total;
    TRY(page_of(r, &p));
    TRY(change_rows(r, param_str(r, "state"), param_str(r, "asset"), &p, &x, &total));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        put_change(&w, &x);
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end(r, &p, total, NULL);
}

struct error *asset_change_get(struct request *r)
{
    struct rows x;
    bool found;
    TRY(change_one(r, param_str(r, "id").p, &x, &found));
    if (!found)
        return not_found(r);
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    put_change(&w, &x);
    jw_row_json(&w, "content", &x, CH_CONTENT);
    jw_row_json(&w, "before", &x, CH_BEFORE);
    TRY(rows_end(&x));
    jw_object_end(&w);
    return reply_written(r, 200);
}

/* /deliveries: the log, and sending again. */
#include "flow/put.h"
#include "notify/delivery_store.h"
#include "org/org.h"

struct error *delivery_list(struct request *r);
struct error *delivery_get(struct request *r);
struct error *delivery_resend(struct request *r);

static void put_delivery(struct buf *b, struct rows *x)
{
    static const char *const names[] = {"id",       "notice_id",    "kind",          "event",     NULL,
                                        "title",    "channel_name", "receiver_name", "shown_to",  "org_id",
                                        "org_name", "state",        "reason",        "last_error"};
    put_open(b, NULL, '{');
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (names[i])
            put_col(b, names[i], x, i);
    put_col_int(b, "level", x, 4);
    put_col_int(b, "attempts", x, 14);
    put_col_time(b, "next_try_at", x, 15);
    put_col_time(b, "created_at", x, 16);
    put_col_time(b, "sent_at", x, 17);
    buf_c(b, '}');
}

struct error *delivery_list(struct request *r)
{
    struct page p;
    struct rows x;
    int64_t total;
    TRY(page_of(r, &p));
    TRY(delivery_total(r, &total));
    TRY(delivery_page(r, &p, &x));
    list_begin(r);
    while (rows_next(&x))
        put_delivery(&r->reply, &x);
    TRY(rows_end(&x));
    return list_end(r, &p, total, NULL);
}

struct error *delivery_get(struct request *r)
{
    struct rows x;
    bool found;
    TRY(delivery_row(r, param_str(r, "id").p, &x, &found));
    if (!found)
        return not_found(r);
    put_delivery(&r->reply, &x);
    TRY(rows_end(&x));
    return reply_written(r, 200);
}

struct error *delivery_resend(struct request *r)
{
    struct rows x;
    struct org_stamp org = {.depth = 0};
    bool found, placed = false;
    uint64_t n;
    const char *id = param_str(r, "id").p;
    TRY(delivery_row(r, id, &x, &found));
    if (!found)
        return not_found(r);
    char *org_id = row_dup(&x, r->arena, 9);
    bool test = row_null(&x, 1);
    TRY(rows_end(&x));
    if (test)
        return conflict(r, "a test is not sent again: its address was not kept");
    if (org_id)
        TRY(org_stamp_get(r->db, r->arena, org_id, &org, &placed));
    TRY(delivery_again(r, id, &n));
    if (!n)
        return conflict(r, "it waits to be sent already");
    request_audit(r, "delivery", id, &org, STR(""), STR(""));
    return reply_empty(r, 204);
}

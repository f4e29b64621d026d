/* /notices: the inbox. */
#include "flow/put.h"
#include "kernel/clock.h"
#include "notify/notice_store.h"

struct error *notice_list(struct request *r);
struct error *notice_count(struct request *r);
struct error *notice_read(struct request *r);
struct error *notice_read_all(struct request *r);

enum { PAGE_DEFAULT = 30 };

/* "MICROSECONDS.UUID" of the last row of the page before. */
static struct error *cursor_of(struct request *r, struct notice_filter *f)
{
    struct str id = param_str(r, "after"), time;
    int64_t us;
    if (!id.n)
        return NULL;
    time = str_cut(&id, '.');
    if (!str_i64(time, &us))
        return error_field(r->arena, ERR_BAD_PARAMETER, "after", "format", "not a cursor of this list");
    char *text = arena_alloc(r->arena, 27);
    clock_sql(us, text);
    f->after_time = str_of(text);
    f->after_id = id;
    return NULL;
}

static void put_notice(struct buf *b, struct rows *x)
{
    put_open(b, NULL, '{');
    put_col(b, "id", x, 0);
    put_col(b, "event", x, 1);
    if (row_int(x, 2))
        put_col_int(b, "level", x, 2);
    else
        put_null(b, "level");
    put_col(b, "subject_kind", x, 3);
    put_col(b, "subject_id", x, 4);
    put_col(b, "title", x, 5);
    put_json(b, "facts", row_text(x, 6));
    put_col_time(b, "created_at", x, 7);
    put_col_bool(b, "read", x, 8);
    buf_c(b, '}');
}

struct error *notice_list(struct request *r)
{
    struct notice_filter f = {.event = param_str(r, "event"),
                              .unread = param_bool(r, "unread", false),
                              .level = param_int(r, "level", 0),
                              .size = param_int(r, "size", PAGE_DEFAULT)};
    struct rows rows;
    int64_t n = 0;
    const char *last = NULL;
    TRY(cursor_of(r, &f));
    TRY(notice_page(r, &f, &rows));
    struct buf *b = &r->reply;
    put_open(b, NULL, '{');
    put_open(b, "items", '[');
    while (rows_next(&rows)) {
        put_notice(b, &rows);
        if (++n == f.size)
            last = arena_printf(r->arena, "%lld." STR_FMT, (long long)row_time(&rows, 7), STR_ARG(row_text(&rows, 0)));
    }
    TRY(rows_end(&rows));
    buf_c(b, ']');
    put_int(b, "size", f.size);
    put_str(b, "after", last ? str_of(last) : (struct str){NULL, 0});
    buf_c(b, '}');
    return reply_written(r, 200);
}

struct error *notice_count(struct request *r)
{
    int64_t n;
    TRY(notice_unread(r, &n));
    put_open(&r->reply, NULL, '{');
    put_int(&r->reply, "unread", n);
    put_bool(&r->reply, "more", n == UNREAD_SHOWN);
    buf_c(&r->reply, '}');
    r->etag = put_etag(r->arena, buf_done(&r->reply));
    return reply_written(r, 200);
}

struct error *notice_read(struct request *r)
{
    bool found;
    TRY(notice_mark(r, param_str(r, "id").p, &found));
    return found ? reply_empty(r, 204) : not_found(r);
}

struct error *notice_read_all(struct request *r)
{
    uint64_t n;
    TRY(notice_mark_all(r, &n));
    return reply_json(r, 200, json_pack("{s:I,s:b}", "marked", (json_int_t)n, "more", n == READ_AT_ONCE));
}

#include "http/server.h"
#include "http/sheet_body.h"
#include "json/write.h"

enum { MAX_FIELDS = 20 };

static void put_fields(const struct request *r, struct buf *b, const struct error *e)
{
    buf_lit(b, ",\"errors\":[");
    int n = 0;
    for (const struct error *f = e; f && n < MAX_FIELDS; f = f->next) {
        if (!f->field)
            continue;
        if (n++)
            buf_c(b, ',');
        buf_lit(b, "{\"field\":");
        jw_string(b, str_of(sheet_body_field(r, f->field)));
        buf_lit(b, ",\"code\":");
        jw_string(b, str_of(f->rule ? f->rule : error_name(f->code)));
        buf_lit(b, ",\"message\":");
        jw_string(b, str_of(f->detail ? f->detail : ""));
        if (f->params) {
            buf_lit(b, ",\"params\":");
            buf_z(b, f->params);
        }
        buf_c(b, '}');
    }
    buf_c(b, ']');
}

void reply_problem(struct request *r, const struct error *e)
{
    r->status = error_status(e->code);
    r->reply_type = "application/problem+json";
    r->etag = r->send_file = r->location = NULL;
    r->retry_after = e->retry_after ? e->retry_after : r->status == 503 ? 2 : 0;
    r->reply.n = 0;
    r->reply.full = false;
    struct buf *b = &r->reply;
    buf_printf(b, "{\"type\":\"about:blank\",\"status\":%d,\"code\":\"%s\",\"title\":", r->status, error_name(e->code));
    jw_string(b, str_of(error_title(e->code, r->lang)));
    buf_lit(b, ",\"detail\":");
    jw_string(b, str_of(e->detail && e->code != ERR_INTERNAL ? e->detail : error_title(e->code, r->lang)));
    put_fields(r, b, e);
    buf_lit(b, ",\"request_id\":");
    jw_string(b, str_of(r->request_id));
    buf_c(b, '}');
}

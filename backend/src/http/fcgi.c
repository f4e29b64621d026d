/* One FastCGI request in, one reply out. Only this file and master.c know libfcgi. */
#include "http/fcgi.h"

#include <fcgiapp.h>
#include <stdlib.h>

#include "http/multipart.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "kernel/log.h"

enum { REPLY_FIRST = 16 * 1024, REPLY_MAX = 32 << 20, HEADER_VALUE_MAX = 8192 };

static bool take(struct str name, struct str value, const char *want, struct str *out)
{
    if (!str_is(name, want))
        return false;
    *out = value.n <= HEADER_VALUE_MAX ? value : STR("");
    return true;
}

static void read_params(struct request *r, char **envp, struct str *length, struct str *uri, struct str *id,
                        struct str *language)
{
    for (; *envp; envp++) {
        struct str value = str_of(*envp);
        struct str name = str_cut(&value, '=');
        (void)(take(name, value, "REQUEST_METHOD", &r->method) || take(name, value, "DOCUMENT_URI", uri) ||
               take(name, value, "QUERY_STRING", &r->query) || take(name, value, "CONTENT_TYPE", &r->content_type) ||
               take(name, value, "CONTENT_LENGTH", length) || take(name, value, "REMOTE_ADDR", &r->address) ||
               take(name, value, "REQUEST_ID", id) || take(name, value, "HTTP_USER_AGENT", &r->user_agent) ||
               take(name, value, "HTTP_ACCEPT_LANGUAGE", language) || take(name, value, "HTTP_COOKIE", &r->cookie) ||
               take(name, value, "HTTP_AUTHORIZATION", &r->authorization) ||
               take(name, value, "HTTP_X_CSRF_TOKEN", &r->csrf_token) || take(name, value, "HTTP_ORIGIN", &r->origin) ||
               take(name, value, "HTTP_HOST", &r->host) ||
               take(name, value, "HTTP_IF_NONE_MATCH", &r->if_none_match) ||
               take(name, value, "HTTP_IDEMPOTENCY_KEY", &r->idempotency_key));
    }
}

/* A request id is 16 to 64 of [0-9A-Za-z-]; anything else is replaced. */
static const char *request_id_of(struct arena *a, struct str given)
{
    bool fine = given.n >= 16 && given.n <= 64;
    for (size_t i = 0; fine && i < given.n; i++) {
        char c = given.p[i];
        fine = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
    }
    return fine ? str_dup(a, given) : arena_strdup(a, id_new().s);
}

static int read_stream(void *from, char *p, int n)
{
    FCGX_Stream *in = from;
    int got = FCGX_GetStr(p, n, in);
    return got == 0 && FCGX_GetError(in) ? -1 : got;
}

static enum body body_kind_of(struct str type)
{
    struct str rest = type;
    struct str name = str_trim(str_cut(&rest, ';'));
    static const struct {
        const char *name;
        enum body kind;
    } kinds[] = {{"application/json", BODY_JSON},        {"multipart/form-data", BODY_MULTIPART},
                 {"application/xml", BODY_XML},          {"text/xml", BODY_XML},
                 {"application/x-ndjson", BODY_NDJSON},  {"application/ndjson", BODY_NDJSON},
                 {"application/x-www-form-urlencoded", BODY_FORM}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (str_ieq(name, str_of(kinds[i].name)))
            return kinds[i].kind;
    return BODY_NONE;
}

static struct error *read_whole(struct request *r, FCGX_Stream *in, size_t n)
{
    char *p = arena_alloc(r->arena, n + 1);
    size_t got = 0;
    while (got < n) {
        int k = FCGX_GetStr(p + got, (int)(n - got < (1u << 30) ? n - got : 1u << 30), in);
        if (k <= 0)
            return error_new(r->arena, ERR_MALFORMED, "the body is shorter than its Content-Length");
        got += (size_t)k;
    }
    p[n] = '\0';
    r->body = (struct str){p, n};
    return NULL;
}

struct error *fcgi_read_body(struct request *r)
{
    struct fcgi *f = r->transport;
    uint64_t n = 0;
    if (f->content_length.n && !str_u64(f->content_length, &n))
        return error_new(r->arena, ERR_MALFORMED, "Content-Length is not a number");
    if (n > r->route->body_max)
        return error_new(r->arena, ERR_TOO_LARGE, "the body has %llu bytes; at most %zu are taken here",
                         (unsigned long long)n, r->route->body_max);
    if (n == 0)
        return r->route->body_required ? error_new(r->arena, ERR_MALFORMED, "a body is needed") : NULL;
    r->body_kind = body_kind_of(r->content_type);
    if (!(r->route->body & r->body_kind))
        return error_new(r->arena, ERR_MEDIA_TYPE, "this content type is not taken here");
    FCGX_Request *q = f->fcgx;
    if (r->body_kind == BODY_MULTIPART)
        return multipart_read(r, f->tmp_dir, read_stream, q->in);
    if (r->body_kind == BODY_XML)
        return upload_raw(r, f->tmp_dir, read_stream, q->in);
    return read_whole(r, q->in, n);
}

void fcgi_begin(struct request *r, struct fcgi *f)
{
    struct str uri = STR(""), id = STR(""), language = STR("");
    FCGX_Request *q = f->fcgx;
    read_params(r, q->envp, &f->content_length, &uri, &id, &language);
    r->path = uri;
    r->transport = f;
    r->started_us = clock_mono_us();
    r->request_id = request_id_of(r->arena, id);
    r->lang = str_starts(language, STR("en")) ? "en" : "zh-CN";
    r->status = 500;
    r->reply = buf_new(r->arena, REPLY_FIRST, REPLY_MAX);
}

/* A header value that came from data: control characters end it. */
static void put_header(struct buf *b, const char *name, const char *value)
{
    buf_z(b, name);
    buf_lit(b, ": ");
    for (const char *p = value; *p && (unsigned char)*p >= 0x20 && *p != 0x7f; p++)
        buf_c(b, *p);
    buf_lit(b, "\r\n");
}

/* RFC 6266 with the RFC 8187 form for what is not ASCII. */
static void put_disposition(struct buf *b, const char *name)
{
    buf_lit(b, "Content-Disposition: attachment; filename*=UTF-8''");
    for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
        bool plain = (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '.' ||
                     *p == '-' || *p == '_';
        if (plain)
            buf_c(b, (char)*p);
        else
            buf_printf(b, "%%%02X", *p);
    }
    buf_lit(b, "\r\n");
}

static void put_headers(struct request *r, struct buf *b)
{
    buf_lit(b, "Status: ");
    buf_u64(b, (uint64_t)r->status);
    buf_lit(b, "\r\nCache-Control: ");
    buf_z(b, r->etag ? "private, no-cache" : "no-store");
    buf_lit(b, "\r\nX-Request-Id: ");
    buf_z(b, r->request_id);
    buf_lit(b, "\r\n");
    if (r->status != 204 && r->status != 304)
        put_header(b, "Content-Type", r->reply_type ? r->reply_type : "application/json");
    if (r->etag)
        put_header(b, "ETag", r->etag);
    if (r->location)
        put_header(b, "Location", r->location);
    if (r->set_cookie)
        put_header(b, "Set-Cookie", r->set_cookie);
    if (r->retry_after)
        buf_printf(b, "Retry-After: %d\r\n", r->retry_after);
    if (r->allow)
        put_header(b, "Allow", r->allow);
    if (r->send_file) {
        put_header(b, "X-Accel-Redirect", arena_printf(r->arena, "/_files/%s", r->send_file));
        put_disposition(b, r->send_as ? r->send_as : "file");
        buf_lit(b, "Content-Security-Policy: sandbox; default-src 'none'\r\n");
    } else if (r->send_as) {
        put_disposition(b, r->send_as);
    }
    buf_lit(b, "\r\n");
}

size_t fcgi_send(struct request *r)
{
    struct fcgi *f = r->transport;
    FCGX_Request *q = f->fcgx;
    bool bodiless = r->status == 204 || r->status == 304 || r->send_file || str_is(r->method, "HEAD");
    struct buf head = buf_new(r->arena, 1024, 64 * 1024);
    put_headers(r, &head);
    FCGX_PutStr(head.p, (int)head.n, q->out);
    size_t n = bodiless ? 0 : r->reply.n;
    if (n)
        FCGX_PutStr(r->reply.p, (int)n, q->out);
    return head.n + n;
}

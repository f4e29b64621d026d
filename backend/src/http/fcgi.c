/* One FastCGI request in, one reply out. Only this file and master.c know libfcgi. */
#include "http/fcgi.h"

#include <fcgiapp.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>

#include "http/multipart.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "kernel/log.h"

enum { REPLY_FIRST = 16 * 1024, REPLY_MAX = 32 << 20, HEADER_VALUE_MAX = 8192 };

#define OF_REQUEST(field) false, offsetof(struct request, field)
#define OF_TRANSPORT(field) true, offsetof(struct fcgi, field)
static const struct header {
    const char *param, *name; /* FastCGI's and HTTP's name */
    bool of_transport;
    size_t at; /* of a struct str */
} headers[] = {
    {"REQUEST_METHOD", "method", OF_REQUEST(method)},
    {"DOCUMENT_URI", "path", OF_TRANSPORT(uri)},
    {"QUERY_STRING", "query", OF_REQUEST(query)},
    {"CONTENT_TYPE", "Content-Type", OF_REQUEST(content_type)},
    {"CONTENT_LENGTH", "Content-Length", OF_TRANSPORT(content_length)},
    {"REMOTE_ADDR", "address", OF_REQUEST(address)},
    {"HTTPS", "scheme", OF_REQUEST(https)},
    {"REQUEST_ID", "X-Request-Id", OF_TRANSPORT(request_id)},
    {"HTTP_USER_AGENT", "User-Agent", OF_REQUEST(user_agent)},
    {"HTTP_ACCEPT_LANGUAGE", "Accept-Language", OF_TRANSPORT(language)},
    {"HTTP_COOKIE", "Cookie", OF_REQUEST(cookie)},
    {"HTTP_AUTHORIZATION", "Authorization", OF_REQUEST(authorization)},
    {"HTTP_X_CSRF_TOKEN", "X-CSRF-Token", OF_REQUEST(csrf_token)},
    {"HTTP_ORIGIN", "Origin", OF_REQUEST(origin)},
    {"HTTP_HOST", "Host", OF_REQUEST(host)},
    {"HTTP_IF_NONE_MATCH", "If-None-Match", OF_REQUEST(if_none_match)},
    {"HTTP_IDEMPOTENCY_KEY", "Idempotency-Key", OF_REQUEST(idempotency_key)},
};

static void take(struct request *r, struct fcgi *f, const struct header *h, struct str value)
{
    struct str *to = (struct str *)(void *)((h->of_transport ? (char *)f : (char *)r) + h->at);
    if (to->p || value.n > HEADER_VALUE_MAX) {
        f->bad_header = h->name;
        f->bad_why = to->p ? "it stands twice" : "it is longer than 8192 bytes";
        return;
    }
    *to = value;
}

static void read_params(struct request *r, struct fcgi *f, char **envp)
{
    for (; *envp; envp++) {
        struct str value = str_of(*envp);
        struct str name = str_cut(&value, '=');
        for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
            if (str_is(name, headers[i].param)) {
                take(r, f, &headers[i], value);
                break;
            }
    }
}

struct error *fcgi_headers(struct request *r)
{
    struct fcgi *f = r->transport;
    return f->bad_header ? error_field(r->arena, ERR_MALFORMED, f->bad_header, "header", "%s", f->bad_why) : NULL;
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

/* Not a byte more than Content-Length said, and not one less. */
static int read_stream(void *from, char *p, int n)
{
    struct fcgi *f = from;
    FCGX_Request *q = f->fcgx;
    if (f->body_left < (uint64_t)n)
        n = (int)f->body_left;
    int got = n ? FCGX_GetStr(p, n, q->in) : 0;
    f->body_left -= (uint64_t)got;
    return got < n ? -1 : got;
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

static struct error *read_whole(struct request *r, struct fcgi *f, size_t n)
{
    char *p = arena_alloc(r->arena, n + 1);
    if (n > INT_MAX || read_stream(f, p, (int)n) < 0)
        return error_field(r->arena, ERR_MALFORMED, "body", "length", "the body is shorter than its Content-Length");
    p[n] = '\0';
    r->body = (struct str){p, n};
    return NULL;
}

struct error *fcgi_read_body(struct request *r)
{
    struct fcgi *f = r->transport;
    uint64_t n = 0;
    if (f->content_length.n && !str_u64(f->content_length, &n))
        return error_field(r->arena, ERR_MALFORMED, "Content-Length", "integer", "not a number");
    if (n > r->route->body_max)
        return error_field(r->arena, ERR_TOO_LARGE, "body", "max_length", "the body has %llu bytes; at most %zu are taken here",
                         (unsigned long long)n, r->route->body_max);
    if (n == 0)
        return r->route->body_required ? error_field(r->arena, ERR_MALFORMED, "body", "required", "a body is needed") : NULL;
    r->body_kind = body_kind_of(r->content_type);
    if (!(r->route->body & r->body_kind))
        return error_field(r->arena, ERR_MEDIA_TYPE, "Content-Type", "enum", "this content type is not taken here");
    f->body_left = n;
    if (r->body_kind == BODY_MULTIPART)
        return multipart_read(r, f->tmp_dir, read_stream, f);
    if (r->body_kind == BODY_XML)
        return upload_raw(r, f->tmp_dir, read_stream, f);
    return read_whole(r, f, n);
}

void fcgi_begin(struct request *r, struct fcgi *f)
{
    FCGX_Request *q = f->fcgx;
    read_params(r, f, q->envp);
    r->path = f->uri;
    r->transport = f;
    r->started_us = clock_mono_us();
    r->request_id = request_id_of(r->arena, f->request_id);
    r->lang = str_starts(f->language, STR("en")) ? "en" : "zh-CN";
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
    if (r->status == 401)
        buf_lit(b, "WWW-Authenticate: Bearer\r\n");
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

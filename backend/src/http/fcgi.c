/* One FastCGI request in, one reply out. Only this file and master.c know libfcgi. */
#include "http/fcgi.h"

#include <errno.h>
#include <fcgiapp.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "http/multipart.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "kernel/log.h"

enum { REPLY_FIRST = 16 * 1024, REPLY_MAX = 32 << 20, HEADER_VALUE_MAX = 8192 };

#define OF_REQUEST(field) false, offsetof(struct request, field)
#define OF_TRANSPORT(field) true, offsetof(struct fcgi, field)
#define PARAM(literal)               \
    {                                \
        literal, sizeof(literal) - 1 \
    }
static const struct header {
    struct str param; /* FastCGI's name */
    const char *name; /* HTTP's */
    bool of_transport;
    size_t at; /* of a struct str */
} headers[] = {
    {PARAM("REQUEST_METHOD"), "method", OF_REQUEST(method)},
    {PARAM("DOCUMENT_URI"), "path", OF_TRANSPORT(uri)},
    {PARAM("QUERY_STRING"), "query", OF_REQUEST(query)},
    {PARAM("CONTENT_TYPE"), "Content-Type", OF_REQUEST(content_type)},
    {PARAM("CONTENT_LENGTH"), "Content-Length", OF_TRANSPORT(content_length)},
    {PARAM("REMOTE_ADDR"), "address", OF_REQUEST(address)},
    {PARAM("HTTPS"), "scheme", OF_REQUEST(https)},
    {PARAM("REQUEST_ID"), "X-Request-Id", OF_TRANSPORT(request_id)},
    {PARAM("HTTP_USER_AGENT"), "User-Agent", OF_REQUEST(user_agent)},
    {PARAM("HTTP_ACCEPT_LANGUAGE"), "Accept-Language", OF_TRANSPORT(language)},
    {PARAM("HTTP_COOKIE"), "Cookie", OF_REQUEST(cookie)},
    {PARAM("HTTP_AUTHORIZATION"), "Authorization", OF_REQUEST(authorization)},
    {PARAM("HTTP_X_CSRF_TOKEN"), "X-CSRF-Token", OF_REQUEST(csrf_token)},
    {PARAM("HTTP_ORIGIN"), "Origin", OF_REQUEST(origin)},
    {PARAM("HTTP_HOST"), "Host", OF_REQUEST(host)},
    {PARAM("HTTP_IF_NONE_MATCH"), "If-None-Match", OF_REQUEST(if_none_match)},
    {PARAM("HTTP_X_TONGCHOU_TIMESTAMP"), "X-Tongchou-Timestamp", OF_REQUEST(sign_time)},
    {PARAM("HTTP_X_TONGCHOU_ID"), "X-Tongchou-Id", OF_REQUEST(sign_id)},
    {PARAM("HTTP_X_TONGCHOU_SIGNATURE"), "X-Tongchou-Signature", OF_REQUEST(signature)},
    {PARAM("HTTP_IDEMPOTENCY_KEY"), "Idempotency-Key", OF_REQUEST(idempotency_key)},
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
            if (str_eq(name, headers[i].param)) {
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
    } kinds[] = {{"application/json", BODY_JSON},
                 {"multipart/form-data", BODY_MULTIPART},
                 {"application/xml", BODY_XML},
                 {"text/xml", BODY_XML},
                 {"application/x-ndjson", BODY_NDJSON},
                 {"application/ndjson", BODY_NDJSON},
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
    log_set_request(r->request_id);
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
        bool plain =
            (*p >= '0' && *p <= '9') || (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || *p == '.' || *p == '-' || *p == '_';
        if (plain)
            buf_c(b, (char)*p);
        else
            buf_printf(b, "%%%02X", *p);
    }
    buf_lit(b, "\r\n");
}

/* length: of the body that goes with it, 0 when there is none. */
static void put_headers(struct request *r, struct buf *b, size_t length)
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
    if (length) {
        buf_lit(b, "Content-Length: ");
        buf_u64(b, length);
        buf_lit(b, "\r\n");
    }
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

/* ---- records (FastCGI 1.0, section 3.3), written in one call where libfcgi's stream takes one for each 8 KiB ---- */
enum { RECORD_HEAD = 8, RECORD_MAX = 65528, RECORDS_MAX = 64, TYPE_END = 3, TYPE_STDOUT = 6 };

struct out {
    unsigned char head[RECORDS_MAX][RECORD_HEAD];
    struct iovec iov[2 * RECORDS_MAX];
    int n, records, request_id;
};

static void put_piece(struct out *o, void *p, size_t n)
{
    if (n)
        o->iov[o->n++] = (struct iovec){p, n};
}

static void put_record(struct out *o, unsigned char type, size_t length)
{
    unsigned char *h = o->head[o->records++];
    const unsigned char bytes[RECORD_HEAD] = {1,
                                              type,
                                              (unsigned char)(o->request_id >> 8),
                                              (unsigned char)o->request_id,
                                              (unsigned char)(length >> 8),
                                              (unsigned char)length};
    memcpy(h, bytes, RECORD_HEAD);
    put_piece(o, h, RECORD_HEAD);
}

/* What cannot be sent is lost: the client left. */
static void write_all(int fd, struct iovec *v, int n)
{
    while (n) {
        ssize_t done = writev(fd, v, n);
        if (done < 0 && errno != EINTR)
            return;
        for (; n && done >= (ssize_t)v->iov_len; v++, n--)
            done -= (ssize_t)v->iov_len;
        if (n && done > 0) {
            v->iov_base = (char *)v->iov_base + done;
            v->iov_len -= (size_t)done;
        }
    }
}

/* A request without a body has been read to its end, so the connection may be closed at once: nothing unread is left that
 * would turn the close into a reset. FCGX_Finish_r would wait until nginx has closed: three calls more. */
static bool send_whole(const struct request *r, struct buf *head, char *body, size_t n)
{
    static unsigned char end[RECORD_HEAD]; /* application status 0, request complete */
    const struct fcgi *f = r->transport;
    FCGX_Request *q = f->fcgx;
    struct out o = {.request_id = q->requestId};
    if (f->content_length.n || q->keepConnection || head->n >= RECORD_MAX || n > (size_t)RECORD_MAX * (RECORDS_MAX - 4))
        return false;
    size_t first = n < RECORD_MAX - head->n ? n : RECORD_MAX - head->n;
    put_record(&o, TYPE_STDOUT, head->n + first);
    put_piece(&o, head->p, head->n);
    put_piece(&o, body, first);
    for (size_t at = first, more; at < n; at += more) {
        more = n - at < RECORD_MAX ? n - at : RECORD_MAX;
        put_record(&o, TYPE_STDOUT, more);
        put_piece(&o, body + at, more);
    }
    put_record(&o, TYPE_STDOUT, 0);
    put_record(&o, TYPE_END, sizeof end);
    put_piece(&o, end, sizeof end);
    write_all(q->ipcFd, o.iov, o.n);
    close(q->ipcFd);
    q->ipcFd = -1;
    return true;
}

size_t fcgi_send(struct request *r)
{
    struct fcgi *f = r->transport;
    FCGX_Request *q = f->fcgx;
    bool bodiless = r->status == 204 || r->status == 304 || r->send_file || str_is(r->method, "HEAD");
    struct buf head = buf_new(r->arena, 1024, 64 * 1024);
    size_t n = bodiless ? 0 : r->reply.n;
    put_headers(r, &head, n);
    if (!send_whole(r, &head, r->reply.p, n)) {
        FCGX_PutStr(head.p, (int)head.n, q->out);
        if (n)
            FCGX_PutStr(r->reply.p, (int)n, q->out);
    }
    return head.n + n;
}

void fcgi_end(struct fcgi *f)
{
    FCGX_Request *q = f->fcgx;
    if (q->ipcFd < 0)
        FCGX_Free(q, false);
    else
        FCGX_Finish_r(q);
}

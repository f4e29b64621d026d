#include "kernel/log.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "kernel/clock.h"

enum { LINE_MAX_BYTES = 8192, MESSAGE_MAX = 4096, TAIL_ROOM = 64, RUN_MAX = 64 };

static enum log_level lowest = LOG_LEVEL_INFO;
static char request[65];

static const char *const level_names[] = {"debug", "info", "warn", "error"};

bool log_set_level(const char *name)
{
    for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++)
        if (strcmp(name, level_names[i]) == 0) {
            lowest = (enum log_level)i;
            return true;
        }
    return false;
}

void log_set_request(const char *request_id)
{
    snprintf(request, sizeof request, "%s", request_id ? request_id : "");
}

const char *log_request(void)
{
    return request;
}

/* A line under construction; past its end it grows no more. */
struct line {
    char p[LINE_MAX_BYTES];
    size_t n;
};

static void put(struct line *l, const char *p, size_t n)
{
    if (l->n + n > sizeof l->p - TAIL_ROOM)
        return;
    memcpy(l->p + l->n, p, n);
    l->n += n;
}
#define PUT(l, lit) put((l), "" lit, sizeof(lit) - 1)

static void put_int(struct line *l, int64_t v)
{
    char text[20], *p = text + sizeof text;
    uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do
        *--p = (char)('0' + rest % 10);
    while (rest /= 10);
    if (v < 0)
        PUT(l, "-");
    put(l, p, (size_t)(text + sizeof text - p));
}

/* Bytes of the UTF-8 character at p (1-4), 0 when there is none. */
static size_t utf8_length(const unsigned char *p, size_t n)
{
    size_t want = *p < 0x80 ? 1 : *p >= 0xc2 && *p < 0xe0 ? 2 : *p >= 0xe0 && *p < 0xf0 ? 3 : *p >= 0xf0 && *p < 0xf5 ? 4 : 0;
    if (!want || want > n)
        return 0;
    return str_utf8((struct str){(const char *)p, want}, NULL) ? want : 0;
}

static void put_code(struct line *l, unsigned code)
{
    char text[8];
    put(l, text, (size_t)snprintf(text, sizeof text, "\\u%04x", code & 0xffff));
}

/* Characters that a terminal or a log reader could obey: C0, DEL, C1, line and paragraph separator, direction marks. */
static bool dangerous(const unsigned char *p, size_t length, unsigned *code)
{
    *code = length == 1   ? *p
            : length == 2 ? (unsigned)(*p & 0x1f) << 6 | (p[1] & 0x3fU)
            : length == 3 ? (unsigned)(*p & 0x0f) << 12 | (unsigned)(p[1] & 0x3f) << 6 | (p[2] & 0x3fU)
                          : 0x10000;
    return *code < 0x20 || (*code >= 0x7f && *code < 0xa0) || (*code >= 0x2028 && *code <= 0x202e) ||
           (*code >= 0x2066 && *code <= 0x2069) || *code == 0xfeff;
}

/* How many bytes from i on are printable ASCII without quote and backslash; short, as a line drops what does not fit whole. */
static size_t plain_run(struct str s, size_t i)
{
    size_t from = i;
    while (i < s.n && i - from < RUN_MAX && s.p[i] >= 0x20 && s.p[i] < 0x7f && s.p[i] != '"' && s.p[i] != '\\')
        i++;
    return i - from;
}

static void put_escaped(struct line *l, struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    for (size_t i = 0; i < s.n;) {
        size_t run = plain_run(s, i);
        put(l, s.p + i, run);
        if ((i += run) == s.n)
            break;
        size_t length = utf8_length(p + i, s.n - i);
        unsigned code;
        if (!length) {
            put_code(l, 0xfffd);
            length = 1;
        } else if (dangerous(p + i, length, &code)) {
            put_code(l, code);
        } else {
            if (p[i] == '"' || p[i] == '\\')
                PUT(l, "\\");
            put(l, s.p + i, length);
        }
        i += length;
    }
}

static void put_field(struct line *l, const char *key, struct str value)
{
    PUT(l, ",\"");
    put(l, key, strlen(key));
    PUT(l, "\":\"");
    put_escaped(l, value);
    PUT(l, "\"");
}

static void begin(struct line *l, enum log_level level)
{
    char at[40];
    l->n = 0;
    clock_rfc3339(clock_now_us(), at);
    PUT(l, "{\"at\":\"");
    put(l, at, strlen(at));
    PUT(l, "\",\"level\":\"");
    put(l, level_names[level], strlen(level_names[level]));
    PUT(l, "\",\"pid\":");
    put_int(l, getpid());
}

static void finish(struct line *l)
{
    memcpy(l->p + l->n, "}\n", 2); /* TAIL_ROOM keeps this free */
    l->n += 2;
    int kept = errno;
    /* A full disk or a closed pipe loses the line, never the request. */
    for (ssize_t done; (done = write(STDERR_FILENO, l->p, l->n)) < 0 && errno == EINTR;)
        continue;
    errno = kept;
}

__attribute__((format(printf, 3, 0))) static void message(enum log_level level, const char *area, const char *fmt, va_list ap)
{
    if (level < lowest)
        return;
    struct line l;
    char text[MESSAGE_MAX];
    int n = vsnprintf(text, sizeof text, fmt, ap);
    size_t length = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    begin(&l, level);
    put_field(&l, "area", str_of(area));
    if (request[0])
        put_field(&l, "request_id", str_of(request));
    put_field(&l, "msg", (struct str){text, length});
    finish(&l);
}

#define LEVEL_FUNCTION(name, level)                   \
    void name(const char *area, const char *fmt, ...) \
    {                                                 \
        va_list ap;                                   \
        va_start(ap, fmt);                            \
        message(level, area, fmt, ap);                \
        va_end(ap);                                   \
    }
LEVEL_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
LEVEL_FUNCTION(log_info, LOG_LEVEL_INFO)
LEVEL_FUNCTION(log_warn, LOG_LEVEL_WARN)
LEVEL_FUNCTION(log_error, LOG_LEVEL_ERROR)

void log_access(const char *request_id, struct str method, struct str route, int status, size_t bytes, int64_t micros,
                const char *principal, struct str address)
{
    if (LOG_LEVEL_INFO < lowest)
        return;
    struct line l;
    begin(&l, LOG_LEVEL_INFO);
    PUT(&l, ",\"area\":\"access\"");
    put_field(&l, "request_id", str_of(request_id));
    put_field(&l, "method", method);
    put_field(&l, "route", route);
    PUT(&l, ",\"status\":");
    put_int(&l, status);
    PUT(&l, ",\"bytes\":");
    put_int(&l, (int64_t)bytes);
    PUT(&l, ",\"us\":");
    put_int(&l, micros);
    put_field(&l, "who", str_of(principal));
    put_field(&l, "address", address);
    finish(&l);
}

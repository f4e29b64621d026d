#include "json/write.h"

#include <math.h>
#include <stdio.h>

#include "kernel/clock.h"

/* 0: as it is; 'u': \u00XX; else the letter after the backslash. Bytes from 0x80 are checked as UTF-8 first. */
static const char escape_of[256] = {
    [0] = 'u',    [1] = 'u',    [2] = 'u',  [3] = 'u',    [4] = 'u',    [5] = 'u',   [6] = 'u',     [7] = 'u',   ['\b'] = 'b',
    ['\t'] = 't', ['\n'] = 'n', [11] = 'u', ['\f'] = 'f', ['\r'] = 'r', [14] = 'u',  [15] = 'u',    [16] = 'u',  [17] = 'u',
    [18] = 'u',   [19] = 'u',   [20] = 'u', [21] = 'u',   [22] = 'u',   [23] = 'u',  [24] = 'u',    [25] = 'u',  [26] = 'u',
    [27] = 'u',   [28] = 'u',   [29] = 'u', [30] = 'u',   [31] = 'u',   ['"'] = '"', ['\\'] = '\\', [127] = 'u',
};

static void put_escape(struct buf *b, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    char e = escape_of[c];
    if (e != 'u') {
        buf_put(b, (const char[]){'\\', e}, 2);
        return;
    }
    buf_put(b, (const char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
}

static void put_repaired(struct buf *b, struct str s)
{
    for (size_t i = 0; i < s.n;) {
        size_t n = 1;
        while (n <= 4 && i + n <= s.n && !str_utf8((struct str){s.p + i, n}, NULL))
            n++;
        if (n > 4 || i + n > s.n) {
            buf_lit(b, "\xEF\xBF\xBD");
            i++;
        } else {
            if (n == 1 && escape_of[(unsigned char)s.p[i]])
                put_escape(b, (unsigned char)s.p[i]);
            else
                buf_put(b, s.p + i, n);
            i += n;
        }
    }
}

static void put_escaped(struct buf *b, struct str s)
{
    size_t from = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (!escape_of[c])
            continue;
        buf_put(b, s.p + from, i - from);
        put_escape(b, c);
        from = i + 1;
    }
    buf_put(b, s.p + from, s.n - from);
}

#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))
#define HAS_ZERO(x) (((x)-EACH(1)) & ~(x)&EACH(0x80))

/* True when one of eight bytes must be escaped; see escape_of. */
static bool escapes(uint64_t x)
{
    uint64_t control = (x - EACH(0x20)) & ~x & EACH(0x80);
    return (control | HAS_ZERO(x ^ EACH('"')) | HAS_ZERO(x ^ EACH('\\')) | HAS_ZERO(x ^ EACH(0x7f))) != 0;
}

static inline uint64_t load(const char *p, size_t n)
{
    uint64_t x = EACH('.'); /* what is not loaded needs no escape */
    memcpy(&x, p, n);
    return x;
}

/* Copies what needs no escape, eight bytes at a time, the last eight over again; false when a byte does. high: bits of all
 * bytes seen. */
static bool copy_plain(char *to, struct str s, uint64_t *high)
{
    size_t i = 0;
    for (; s.n - i >= 8; i += 8) {
        uint64_t x = load(s.p + i, 8);
        if (escapes(x))
            return false;
        memcpy(to + i, &x, 8);
        *high |= x;
    }
    if (i && i < s.n) {
        uint64_t x = load(s.p + s.n - 8, 8);
        memcpy(to + s.n - 8, &x, 8);
        *high |= x;
        return !escapes(x);
    }
    if (s.n >= 4 && !i) {
        uint64_t x = load(s.p, 4), y = load(s.p + s.n - 4, 4);
        memcpy(to, &x, 4);
        memcpy(to + s.n - 4, &y, 4);
        *high |= x | y;
        return !escapes(x) && !escapes(y);
    }
    for (; i < s.n; i++) {
        to[i] = s.p[i];
        *high |= (unsigned char)s.p[i];
        if (escape_of[(unsigned char)s.p[i]])
            return false;
    }
    return true;
}

void jw_string(struct buf *b, struct str s)
{
    uint64_t high = 0;
    buf_c(b, '"');
    char *to = buf_room(b, s.n);
    bool plain = to && copy_plain(to, s, &high);
    if (plain && (!(high & EACH(0x80)) || str_utf8(s, NULL)))
        buf_used(b, s.n);
    else if (str_utf8(s, NULL))
        put_escaped(b, s);
    else
        put_repaired(b, s); /* never send what is not UTF-8 */
    buf_c(b, '"');
}

void jw_object_begin(struct jw *w, const char *key)
{
    jw_key(w, key);
    buf_c(w->b, '{');
    w->comma = false;
}

void jw_object_end(struct jw *w)
{
    buf_c(w->b, '}');
    w->comma = true;
}

void jw_array_begin(struct jw *w, const char *key)
{
    jw_key(w, key);
    buf_c(w->b, '[');
    w->comma = false;
}

void jw_array_end(struct jw *w)
{
    buf_c(w->b, ']');
    w->comma = true;
}

void jw_z(struct jw *w, const char *key, const char *s)
{
    if (s)
        jw_str(w, key, str_of(s));
    else
        jw_null(w, key);
}

void jw_opt(struct jw *w, const char *key, struct str s)
{
    if (s.n)
        jw_str(w, key, s);
    else
        jw_null(w, key);
}

void jw_int(struct jw *w, const char *key, int64_t v)
{
    jw_key(w, key);
    buf_i64(w->b, v);
}

void jw_real(struct jw *w, const char *key, double v)
{
    if (!isfinite(v)) {
        jw_null(w, key);
        return;
    }
    char text[32];
    for (int digits = 15; digits <= 17; digits++) { /* the shortest that reads back the same */
        snprintf(text, sizeof text, "%.*g", digits, v);
        double back;
        if (sscanf(text, "%lf", &back) == 1 && back >= v && back <= v)
            break;
    }
    jw_key(w, key);
    buf_z(w->b, text);
}

void jw_bool(struct jw *w, const char *key, bool v)
{
    jw_key(w, key);
    if (v)
        buf_lit(w->b, "true");
    else
        buf_lit(w->b, "false");
}

void jw_raw(struct jw *w, const char *key, struct str json)
{
    jw_key(w, key);
    buf_str(w->b, json);
}

void jw_time(struct jw *w, const char *key, int64_t us)
{
    if (!us) {
        jw_null(w, key);
        return;
    }
    char text[40];
    clock_rfc3339(us, text);
    jw_key(w, key);
    buf_c(w->b, '"');
    buf_z(w->b, text);
    buf_c(w->b, '"');
}

void jw_row_int(struct jw *w, const char *key, struct rows *r, unsigned col)
{
    if (row_null(r, col))
        jw_null(w, key);
    else
        jw_int(w, key, row_int(r, col));
}

void jw_row_bool(struct jw *w, const char *key, struct rows *r, unsigned col)
{
    jw_bool(w, key, row_int(r, col) != 0);
}

void jw_row_time(struct jw *w, const char *key, struct rows *r, unsigned col)
{
    jw_time(w, key, row_time(r, col));
}

void jw_row_json(struct jw *w, const char *key, struct rows *r, unsigned col)
{
    if (row_null(r, col))
        jw_null(w, key);
    else
        jw_raw(w, key, row_text(r, col));
}

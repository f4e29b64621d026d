#include "json/write.h"

#include <math.h>
#include <stdio.h>

#include "kernel/clock.h"

/* 0: as it is; 'u': \u00XX; else the letter after the backslash. Bytes from 0x80 are checked as UTF-8 first. */
static const char escape_of[256] = {
    [0] = 'u',  [1] = 'u',  [2] = 'u',  [3] = 'u',  [4] = 'u',  [5] = 'u',  [6] = 'u',  [7] = 'u',
    ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', [11] = 'u', ['\f'] = 'f', ['\r'] = 'r', [14] = 'u', [15] = 'u',
    [16] = 'u', [17] = 'u', [18] = 'u', [19] = 'u', [20] = 'u', [21] = 'u', [22] = 'u', [23] = 'u',
    [24] = 'u', [25] = 'u', [26] = 'u', [27] = 'u', [28] = 'u', [29] = 'u', [30] = 'u', [31] = 'u',
    ['"'] = '"', ['\\'] = '\\', [127] = 'u',
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

void jw_string(struct buf *b, struct str s)
{
    const unsigned char *p = (const unsigned char *)s.p;
    size_t from = 0;
    unsigned char high = 0;
    buf_c(b, '"');
    size_t start = b->n;
    for (size_t i = 0; i < s.n; i++) {
        high |= p[i];
        if (!escape_of[p[i]])
            continue;
        buf_put(b, s.p + from, i - from);
        put_escape(b, p[i]);
        from = i + 1;
    }
    buf_put(b, s.p + from, s.n - from);
    if (high & 0x80 && !str_utf8(s, NULL)) { /* never send what is not UTF-8 */
        b->n = start;
        put_repaired(b, s);
    }
    buf_c(b, '"');
}

void jw_key(struct jw *w, const char *key)
{
    if (w->comma)
        buf_c(w->b, ',');
    w->comma = true;
    if (!key)
        return;
    size_t n = strlen(key);
    char *to = buf_room(w->b, n + 3);
    if (!to)
        return;
    to[0] = '"';
    memcpy(to + 1, key, n);
    to[n + 1] = '"';
    to[n + 2] = ':';
    buf_used(w->b, n + 3);
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

void jw_str(struct jw *w, const char *key, struct str s)
{
    jw_key(w, key);
    jw_string(w->b, s);
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

void jw_null(struct jw *w, const char *key)
{
    jw_key(w, key);
    buf_lit(w->b, "null");
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

void jw_row_text(struct jw *w, const char *key, struct rows *r, unsigned col)
{
    if (row_null(r, col))
        jw_null(w, key);
    else
        jw_str(w, key, row_text(r, col));
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

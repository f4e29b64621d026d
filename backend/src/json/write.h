/* JSON written straight into a buffer: the hot way of every list. Keys are literals of ours and written as they are;
 * values are escaped. A NULL key is an element of an array. Nothing is allocated besides the buffer. */
#ifndef JSON_WRITE_H
#define JSON_WRITE_H

#include "kernel/str.h"
#include "sql/sql.h"

struct jw {
    struct buf *b;
    bool comma; /* something stands before in this object or array */
};

static inline struct jw jw_of(struct buf *b)
{
    return (struct jw){.b = b};
}

void jw_string(struct buf *b, struct str s); /* with quotes, RFC 8259 escapes; invalid UTF-8 becomes U+FFFD */
/* comma, "key": */
static inline void jw_key(struct jw *w, const char *key)
{
    size_t n = key ? strlen(key) : 0;
    char *to = buf_room(w->b, n + 4);
    bool comma = w->comma;
    w->comma = true;
    if (!to)
        return;
    if (comma)
        *to++ = ',';
    if (key) {
        *to++ = '"';
        memcpy(to, key, n);
        to += n;
        *to++ = '"';
        *to++ = ':';
    }
    w->b->n = (size_t)(to - w->b->p);
}

void jw_object_begin(struct jw *w, const char *key);
void jw_object_end(struct jw *w);
void jw_array_begin(struct jw *w, const char *key);
void jw_array_end(struct jw *w);
static inline void jw_str(struct jw *w, const char *key, struct str s)
{
    jw_key(w, key);
    jw_string(w->b, s);
}
void jw_z(struct jw *w, const char *key, const char *s);  /* NULL writes null */
void jw_opt(struct jw *w, const char *key, struct str s); /* empty writes null */
void jw_int(struct jw *w, const char *key, int64_t v);
void jw_real(struct jw *w, const char *key, double v);
void jw_bool(struct jw *w, const char *key, bool v);
static inline void jw_null(struct jw *w, const char *key)
{
    jw_key(w, key);
    buf_lit(w->b, "null");
}
void jw_raw(struct jw *w, const char *key, struct str json); /* JSON text that is known to be good */
void jw_time(struct jw *w, const char *key, int64_t us);     /* RFC 3339 in the platform's zone; 0 writes null */

/* A column of the current row; NULL writes null. */
static inline void jw_row_text(struct jw *w, const char *key, struct rows *r, unsigned col)
{
    if (row_null(r, col))
        jw_null(w, key);
    else
        jw_str(w, key, row_text(r, col));
}
void jw_row_int(struct jw *w, const char *key, struct rows *r, unsigned col);
void jw_row_bool(struct jw *w, const char *key, struct rows *r, unsigned col);
void jw_row_time(struct jw *w, const char *key, struct rows *r, unsigned col);
void jw_row_json(struct jw *w, const char *key, struct rows *r, unsigned col); /* a column of JSON text */

#endif

#include "flow/put.h"

/* Where the buffer stands decides whether a comma is due. */
static struct jw at(struct buf *b)
{
    struct jw w = jw_of(b);
    char last = b->n ? b->p[b->n - 1] : '{';
    w.comma = last != '{' && last != '[';
    return w;
}

void put_key(struct buf *b, const char *key)
{
    struct jw w = at(b);
    jw_key(&w, key);
}

void put_open(struct buf *b, const char *key, char bracket)
{
    struct jw w = at(b);
    if (bracket == '{')
        jw_object_begin(&w, key);
    else
        jw_array_begin(&w, key);
}

void put_null(struct buf *b, const char *key)
{
    struct jw w = at(b);
    jw_null(&w, key);
}

void put_str(struct buf *b, const char *key, struct str v)
{
    struct jw w = at(b);
    if (v.p)
        jw_str(&w, key, v);
    else
        jw_null(&w, key);
}

void put_int(struct buf *b, const char *key, int64_t v)
{
    struct jw w = at(b);
    jw_int(&w, key, v);
}

void put_bool(struct buf *b, const char *key, bool v)
{
    struct jw w = at(b);
    jw_bool(&w, key, v);
}

void put_real(struct buf *b, const char *key, double v)
{
    put_key(b, key);
    buf_printf(b, "%.1f", v);
}

void put_time(struct buf *b, const char *key, int64_t us)
{
    struct jw w = at(b);
    jw_time(&w, key, us);
}

void put_json(struct buf *b, const char *key, struct str text)
{
    struct jw w = at(b);
    if (text.n)
        jw_raw(&w, key, text);
    else
        jw_null(&w, key);
}

void put_col(struct buf *b, const char *key, struct rows *r, unsigned col)
{
    struct jw w = at(b);
    jw_row_text(&w, key, r, col);
}

void put_col_int(struct buf *b, const char *key, struct rows *r, unsigned col)
{
    struct jw w = at(b);
    jw_row_int(&w, key, r, col);
}

void put_col_bool(struct buf *b, const char *key, struct rows *r, unsigned col)
{
    put_bool(b, key, row_int(r, col) != 0);
}

void put_col_time(struct buf *b, const char *key, struct rows *r, unsigned col)
{
    struct jw w = at(b);
    jw_row_time(&w, key, r, col);
}

/* FNV-1a with two offsets: an ETag needs to differ, not to resist anybody. */
const char *put_etag(struct arena *a, struct str body)
{
    uint64_t h1 = UINT64_C(14695981039346656037), h2 = UINT64_C(7809847782465536322);
    for (size_t i = 0; i < body.n; i++) {
        h1 = (h1 ^ (unsigned char)body.p[i]) * UINT64_C(1099511628211);
        h2 = (h2 ^ (unsigned char)body.p[i]) * UINT64_C(1099511628211) + 1;
    }
    return arena_printf(a, "\"%016llx%08llx\"", (unsigned long long)h1, (unsigned long long)(h2 & 0xffffffffu));
}

/* Strings: counted views and a growing buffer in an arena.
 * A str never owns its bytes and need not end in NUL. A buf doubles in its arena up to `max` bytes;
 * past it `full` is set and further bytes are dropped, so a writer checks once, at the end. */
#ifndef KERNEL_STR_H
#define KERNEL_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "kernel/arena.h"

struct str {
    const char *p;
    size_t n;
};

#define STR(lit) ((struct str){"" lit, sizeof(lit) - 1})
#define STR_FMT "%.*s"
#define STR_ARG(s) (int)(s).n, (s).p

static inline struct str str_of(const char *s)
{
    return (struct str){s ? s : "", s ? strlen(s) : 0};
}
static inline bool str_eq(struct str a, struct str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}
static inline bool str_is(struct str a, const char *b)
{
    return str_eq(a, str_of(b));
}
bool str_ieq(struct str a, struct str b); /* ASCII case folded */
bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
struct str str_trim(struct str s); /* ASCII white space */
/* Cuts at the first c: returns what is before, leaves what is after in *rest (empty when c is absent). */
struct str str_cut(struct str *rest, char c);
char *str_dup(struct arena *a, struct str s);
/* Into an array of `size` bytes, ended by a zero; what does not fit is cut off. */
void str_copy(char *to, size_t size, struct str s);
/* Whole string, base 10, no sign for u64; false when it is anything else or overflows. */
bool str_u64(struct str s, uint64_t *out);
bool str_i64(struct str s, int64_t *out);
/* Well-formed UTF-8 (RFC 3629: no surrogates, no overlong forms). code_points may be NULL. */
bool str_utf8(struct str s, size_t *code_points);

/* Its first `most` characters (code points) of well-formed UTF-8; all of it when it has fewer. */
struct str str_chars(struct str s, size_t most);

struct buf {
    struct arena *arena;
    char *p;
    size_t n, cap, max;
    bool full;
};

struct buf buf_new(struct arena *a, size_t first, size_t max);
char *buf_grow(struct buf *b, size_t n);
/* Room for n more bytes at p + n, or NULL (and full set). Advance with buf_used. */
static inline char *buf_room(struct buf *b, size_t n)
{
    return b->cap - b->n >= n ? b->p + b->n : buf_grow(b, n);
}
static inline void buf_used(struct buf *b, size_t n)
{
    b->n += n;
}
static inline void buf_put(struct buf *b, const char *p, size_t n)
{
    char *to = n ? buf_room(b, n) : NULL;
    if (!to)
        return;
    memcpy(to, p, n);
    b->n += n;
}
static inline void buf_str(struct buf *b, struct str s)
{
    buf_put(b, s.p, s.n);
}
static inline void buf_z(struct buf *b, const char *s)
{
    buf_put(b, s, strlen(s));
}
#define buf_lit(b, lit) buf_put((b), "" lit, sizeof(lit) - 1)
static inline void buf_c(struct buf *b, char c)
{
    char *to = buf_room(b, 1);
    if (!to)
        return;
    *to = c;
    b->n++;
}
void buf_u64(struct buf *b, uint64_t v);
void buf_i64(struct buf *b, int64_t v);
void buf_printf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Ends in NUL (not counted) and returns the text. */
struct str buf_done(struct buf *b);

void hex_encode(const unsigned char *in, size_t n, char *out /* 2n + 1 */);
bool hex_decode(struct str s, unsigned char *out, size_t out_size); /* exactly 2 * out_size digits */

#endif

#include "kernel/str.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char lower(char c)
{
    return (c >= 'A' && c <= 'Z') ? (char)(c + 32) : c;
}

bool str_ieq(struct str a, struct str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (lower(a.p[i]) != lower(b.p[i]))
            return false;
    return true;
}

bool str_starts(struct str s, struct str prefix)
{
    return s.n >= prefix.n && str_eq((struct str){s.p, prefix.n}, prefix);
}

bool str_ends(struct str s, struct str suffix)
{
    return s.n >= suffix.n && str_eq((struct str){s.p + s.n - suffix.n, suffix.n}, suffix);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct str str_trim(struct str s)
{
    while (s.n && is_space(*s.p))
        s.p++, s.n--;
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

struct str str_cut(struct str *rest, char c)
{
    struct str s = *rest;
    const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;
    if (!hit) {
        *rest = (struct str){s.p + s.n, 0};
        return s;
    }
    size_t n = (size_t)(hit - s.p);
    *rest = (struct str){hit + 1, s.n - n - 1};
    return (struct str){s.p, n};
}

void str_copy(char *to, size_t size, struct str s)
{
    size_t n = s.n < size ? s.n : size - 1;
    if (n)
        memcpy(to, s.p, n);
    to[n] = '\0';
}

char *str_dup(struct arena *a, struct str s)
{
    return arena_strndup(a, s.p, s.n);
}

bool str_u64(struct str s, uint64_t *out)
{
    uint64_t v = 0;
    if (!s.n)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
        if (__builtin_mul_overflow(v, 10u, &v) || __builtin_add_overflow(v, (uint64_t)(s.p[i] - '0'), &v))
            return false;
    }
    *out = v;
    return true;
}

bool str_i64(struct str s, int64_t *out)
{
    bool neg = s.n && *s.p == '-';
    uint64_t v;
    if (neg)
        s.p++, s.n--;
    if (!str_u64(s, &v) || v > (uint64_t)INT64_MAX + (neg ? 1u : 0u))
        return false;
    *out = neg ? (int64_t)(0 - v) : (int64_t)v;
    return true;
}

/* Length of the sequence that starts at p, or 0 when it is malformed. */
static size_t utf8_len(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || left < n)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    if ((p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xED && p[1] > 0x9F) || (p[0] == 0xF0 && p[1] < 0x90) ||
        (p[0] == 0xF4 && p[1] > 0x8F))
        return 0;
    return n;
}

/* U+1000 to U+CFFF and U+E000 to U+FFFF: most of what is not ASCII here, and free of the special cases of three bytes. */
static inline bool common_three(const unsigned char *p)
{
    return p[0] > 0xE0 && p[0] < 0xF0 && p[0] != 0xED && (p[1] & 0xC0) == 0x80 && (p[2] & 0xC0) == 0x80;
}

static inline bool all_ascii(const unsigned char *p)
{
    uint64_t eight;
    memcpy(&eight, p, sizeof eight);
    return !(eight & UINT64_C(0x8080808080808080));
}

bool str_utf8(struct str s, size_t *code_points)
{
    const unsigned char *p = (const unsigned char *)s.p;
    size_t count = 0, i = 0;
    while (i < s.n) {
        size_t left = s.n - i, n = 0, characters = 1;
        if (left >= 3 && common_three(p + i))
            n = 3;
        else if (left >= 8 && all_ascii(p + i))
            n = characters = 8;
        else
            n = utf8_len(p + i, left);
        if (!n)
            return false;
        i += n;
        count += characters;
    }
    if (code_points)
        *code_points = count;
    return true;
}

struct str str_chars(struct str s, size_t most)
{
    size_t i = 0;
    for (; i < s.n; i++)
        if (((unsigned char)s.p[i] & 0xC0) != 0x80 && most-- == 0)
            break;
    return (struct str){s.p, i};
}

struct buf buf_new(struct arena *a, size_t first, size_t max)
{
    if (first > max)
        first = max;
    return (struct buf){.arena = a, .p = arena_alloc(a, first + 1), .cap = first, .max = max};
}

static char *no_room(struct buf *b)
{
    b->full = true;
    b->cap = b->n; /* what comes later is dropped as well, also when it is shorter */
    return NULL;
}

char *buf_grow(struct buf *b, size_t n)
{
    if (b->full || n > b->max || b->n > b->max - n)
        return no_room(b);
    size_t cap = b->cap * 2;
    if (cap < b->n + n)
        cap = b->n + n;
    if (cap > b->max)
        cap = b->max;
    char *p = arena_alloc(b->arena, cap + 1);
    memcpy(p, b->p, b->n);
    b->p = p;
    b->cap = cap;
    return b->p + b->n;
}

void buf_u64(struct buf *b, uint64_t v)
{
    char tmp[20];
    size_t i = sizeof tmp;
    do {
        tmp[--i] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    buf_put(b, tmp + i, sizeof tmp - i);
}

void buf_i64(struct buf *b, int64_t v)
{
    if (v < 0)
        buf_c(b, '-');
    buf_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void buf_printf(struct buf *b, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *s = arena_vprintf(b->arena, fmt, ap);
    va_end(ap);
    buf_z(b, s);
}

struct str buf_done(struct buf *b)
{
    b->p[b->n] = '\0';
    return (struct str){b->p, b->n};
}

void hex_encode(const unsigned char *in, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        out[2 * i] = digits[in[i] >> 4];
        out[2 * i + 1] = digits[in[i] & 15];
    }
    out[2 * n] = '\0';
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_decode(struct str s, unsigned char *out, size_t out_size)
{
    if (s.n != out_size * 2)
        return false;
    for (size_t i = 0; i < out_size; i++) {
        int hi = hex_digit(s.p[2 * i]), lo = hex_digit(s.p[2 * i + 1]);
        if (hi < 0 || lo < 0)
            return false;
        out[i] = (unsigned char)(hi << 4 | lo);
    }
    return true;
}

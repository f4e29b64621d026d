#include "ingest/scan.h"

/* The wanted paths as a tree: a node for each key; `slot` is the path's number or -1. Children are found by a hash
 * of length, first and last byte, which the few dozen names that formats use hardly ever share. */
enum { HASH = 64, NODES_MAX = 256 };
struct node {
    struct str key;
    int slot;
    int next; /* of the same hash */
    int seen; /* index into the per-line bit set */
    bool inner;
    short first[HASH];
};
struct scan_fields {
    size_t paths, nodes;
    struct node *node[NODES_MAX];
};

static unsigned hash_key(struct str k)
{
    return k.n == 0 ? 0 : (unsigned)(k.n * 7 + (unsigned char)k.p[0] * 3U + (unsigned char)k.p[k.n - 1] * 5U) % HASH;
}

static int find_child(const struct scan_fields *f, int parent, struct str key)
{
    const struct node *p = f->node[parent];
    if (!p->inner)
        return -1;
    for (int i = p->first[hash_key(key)]; i >= 0; i = f->node[i]->next)
        if (str_eq(f->node[i]->key, key))
            return i;
    return -1;
}

static int add_node(struct arena *a, struct scan_fields *f, struct str key)
{
    struct node *n = arena_zalloc(a, sizeof *n);
    n->key = (struct str){str_dup(a, key), key.n};
    n->slot = -1;
    n->next = -1;
    n->seen = (int)f->nodes;
    for (size_t i = 0; i < HASH; i++)
        n->first[i] = -1;
    f->node[f->nodes] = n;
    return (int)f->nodes++;
}

struct scan_fields *scan_compile(struct arena *a, const char *const *paths, size_t n)
{
    if (n > SCAN_FIELDS_MAX)
        return NULL;
    struct scan_fields *f = arena_zalloc(a, sizeof *f);
    f->paths = n;
    add_node(a, f, STR(""));
    for (size_t i = 0; i < n; i++) {
        struct str rest = str_of(paths[i]);
        int at = 0;
        while (rest.n) {
            struct str key = str_cut(&rest, '.');
            if (key.n == 0 || key.n > SCAN_KEY_MAX)
                return NULL;
            int child = find_child(f, at, key);
            if (child < 0) {
                if (f->nodes == NODES_MAX)
                    return NULL;
                child = add_node(a, f, key);
                struct node *p = f->node[at];
                p->inner = true;
                f->node[child]->next = p->first[hash_key(key)];
                p->first[hash_key(key)] = (short)child;
            }
            at = child;
        }
        if (at == 0 || f->node[at]->slot >= 0)
            return NULL;
        f->node[at]->slot = (int)i;
    }
    return f;
}

size_t scan_count(const struct scan_fields *f)
{
    return f->paths;
}

/* ---- the pass ---- */

struct scan {
    const struct scan_fields *f;
    const unsigned char *p, *end;
    struct scan_value *out;
    enum scan_result bad;
    uint64_t seen[NODES_MAX / 64];
};

static bool fail(struct scan *s, enum scan_result why)
{
    if (s->bad == SCAN_OK)
        s->bad = why;
    return false;
}

static void skip_blank(struct scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r'))
        s->p++;
}

/* Length of the well-formed UTF-8 sequence at p that starts with a byte >= 0x80 (RFC 3629), or 0. */
static unsigned utf8_length(const unsigned char *p, const unsigned char *end)
{
    unsigned c = *p, n = c >= 0xc2 && c <= 0xdf ? 2 : c >= 0xe0 && c <= 0xef ? 3 : c >= 0xf0 && c <= 0xf4 ? 4 : 0;
    if (n == 0 || (size_t)(end - p) < n)
        return 0;
    unsigned lo = c == 0xe0 ? 0xa0 : c == 0xf0 ? 0x90 : 0x80, hi = c == 0xed ? 0x9f : c == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < lo || p[1] > hi)
        return 0;
    for (unsigned i = 2; i < n; i++)
        if (p[i] < 0x80 || p[i] > 0xbf)
            return 0;
    return n;
}

static int hex_value(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hex4(const unsigned char *p, const unsigned char *end)
{
    if (end - p < 4)
        return -1;
    int v = 0;
    for (int i = 0; i < 4; i++) {
        int d = hex_value(p[i]);
        if (d < 0)
            return -1;
        v = v << 4 | d;
    }
    return v;
}

/* Behind the backslash; a surrogate must come as a pair. */
static bool skip_escape(struct scan *s)
{
    if (s->p >= s->end)
        return false;
    unsigned char c = *s->p++;
    if (c != 'u')
        return c == '"' || c == '\\' || c == '/' || c == 'b' || c == 'f' || c == 'n' || c == 'r' || c == 't';
    int v = hex4(s->p, s->end);
    if (v < 0 || (v >= 0xdc00 && v <= 0xdfff))
        return false;
    s->p += 4;
    if (v < 0xd800 || v > 0xdbff)
        return true;
    if (s->end - s->p < 6 || s->p[0] != '\\' || s->p[1] != 'u')
        return false;
    v = hex4(s->p + 2, s->end);
    s->p += 6;
    return v >= 0xdc00 && v <= 0xdfff;
}

/* Eight bytes at a time while none is a control, a quote, a backslash or beyond ASCII. The borrow of a subtraction may
 * flag a byte too many, never one too few, and the slow loop looks again. */
static const unsigned char *skip_plain(const unsigned char *p, const unsigned char *end)
{
    const uint64_t ones = 0x0101010101010101ULL, highs = 0x8080808080808080ULL;
    while (end - p >= 8) {
        uint64_t w;
        memcpy(&w, p, 8);
        uint64_t quote = w ^ ones * '"', slash = w ^ ones * '\\';
        uint64_t hit = (w - ones * 0x20) | (quote - ones) | (slash - ones) | w;
        if (hit & highs)
            break;
        p += 8;
    }
    return p;
}

/* From behind the opening quote to behind the closing one. */
static bool skip_string(struct scan *s, struct scan_value *v)
{
    const unsigned char *from = s->p;
    v->type = SCAN_STRING;
    v->escaped = false;
    for (;;) {
        s->p = skip_plain(s->p, s->end);
        /* Up to eight bytes one by one: skip_plain stopped somewhere among them, or the end is near. */
        for (int i = 0; i < 8 && s->p < s->end; i++) {
            unsigned char c = *s->p;
            if (c == '"') {
                v->raw = (struct str){(const char *)from, (size_t)(s->p - from)};
                s->p++;
                return true;
            }
            if (c == '\\') {
                v->escaped = true;
                s->p++;
                if (!skip_escape(s))
                    return fail(s, SCAN_MALFORMED);
            } else if (c < 0x20) {
                return fail(s, SCAN_MALFORMED);
            } else if (c >= 0x80) {
                unsigned n = utf8_length(s->p, s->end);
                if (n == 0)
                    return fail(s, SCAN_BAD_UTF8);
                s->p += n;
            } else {
                s->p++;
            }
        }
        if (s->p >= s->end)
            return fail(s, SCAN_MALFORMED);
    }
}

static bool skip_digits(struct scan *s)
{
    const unsigned char *from = s->p;
    while (s->p < s->end && *s->p >= '0' && *s->p <= '9')
        s->p++;
    return s->p > from;
}

static bool skip_number(struct scan *s, struct scan_value *v)
{
    const unsigned char *from = s->p;
    if (*s->p == '-')
        s->p++;
    if (s->p < s->end && *s->p == '0')
        s->p++;
    else if (!skip_digits(s))
        return fail(s, SCAN_MALFORMED);
    if (s->p < s->end && *s->p == '.') {
        s->p++;
        if (!skip_digits(s))
            return fail(s, SCAN_MALFORMED);
    }
    if (s->p < s->end && (*s->p | 0x20) == 'e') {
        s->p++;
        if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
            s->p++;
        if (!skip_digits(s))
            return fail(s, SCAN_MALFORMED);
    }
    v->type = SCAN_NUMBER;
    v->raw = (struct str){(const char *)from, (size_t)(s->p - from)};
    return true;
}

static bool skip_word(struct scan *s, struct scan_value *v)
{
    static const struct {
        struct str text;
        enum scan_type type;
    } words[] = {{{"true", 4}, SCAN_TRUE}, {{"false", 5}, SCAN_FALSE}, {{"null", 4}, SCAN_NULL}};
    for (size_t i = 0; i < 3; i++) {
        size_t n = words[i].text.n;
        if ((size_t)(s->end - s->p) >= n && memcmp(s->p, words[i].text.p, n) == 0) {
            v->type = words[i].type;
            v->raw = (struct str){(const char *)s->p, n};
            s->p += n;
            return true;
        }
    }
    return fail(s, SCAN_MALFORMED);
}

static bool skip_value(struct scan *s, int node, int depth, struct scan_value *v);

/* A decoded key no longer than the longest that can match; longer ones give length 0 and match nothing. */
static struct str plain_key(const struct scan_value *k, char buffer[SCAN_KEY_MAX + 8])
{
    const unsigned char *p = (const unsigned char *)k->raw.p, *end = p + k->raw.n;
    size_t n = 0;
    while (p < end && n <= SCAN_KEY_MAX) {
        unsigned char c = *p++;
        if (c == '\\') {
            c = *p++;
            if (c == 'u') {
                int v = hex4(p, end);
                p += 4;
                c = v > 0 && v < 0x80 ? (unsigned char)v : 0; /* wanted keys are ASCII; 0 matches none of them */
            } else {
                c = c == 'b' ? '\b' : c == 'f' ? '\f' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c;
            }
        }
        buffer[n++] = (char)c;
    }
    return n > SCAN_KEY_MAX ? (struct str){buffer, 0} : (struct str){buffer, n};
}

static bool mark_seen(struct scan *s, int node)
{
    int bit = s->f->node[node]->seen;
    uint64_t *word = &s->seen[bit / 64], mask = (uint64_t)1 << bit % 64;
    if (*word & mask)
        return fail(s, SCAN_DUPLICATE);
    *word |= mask;
    return true;
}

/* The value of a wanted key goes to its place in `out`, any other to `scrap`. */
static bool member_value(struct scan *s, int child, int depth, struct scan_value *scrap)
{
    if (child >= 0 && !mark_seen(s, child))
        return false;
    int slot = child >= 0 ? s->f->node[child]->slot : -1;
    return skip_value(s, child, depth, slot >= 0 ? &s->out[slot] : scrap);
}

static bool skip_object(struct scan *s, int node, int depth)
{
    struct scan_value scrap;
    s->p++;
    skip_blank(s);
    if (s->p < s->end && *s->p == '}') {
        s->p++;
        return true;
    }
    for (;;) {
        skip_blank(s);
        if (s->p >= s->end || *s->p != '"')
            return fail(s, SCAN_MALFORMED);
        s->p++;
        struct scan_value key;
        if (!skip_string(s, &key))
            return false;
        int child = -1;
        if (node >= 0) {
            char decoded[SCAN_KEY_MAX + 8];
            child = find_child(s->f, node, key.escaped ? plain_key(&key, decoded) : key.raw);
        }
        skip_blank(s);
        if (s->p >= s->end || *s->p++ != ':')
            return fail(s, SCAN_MALFORMED);
        if (!member_value(s, child, depth, &scrap))
            return false;
        skip_blank(s);
        if (s->p >= s->end)
            return fail(s, SCAN_MALFORMED);
        unsigned char c = *s->p++;
        if (c == '}')
            return true;
        if (c != ',')
            return fail(s, SCAN_MALFORMED);
    }
}

static bool skip_array(struct scan *s, int node, int depth)
{
    struct scan_value scrap;
    s->p++;
    skip_blank(s);
    if (s->p < s->end && *s->p == ']') {
        s->p++;
        return true;
    }
    for (size_t i = 0;; i++) {
        int child = i == 0 && node >= 0 ? find_child(s->f, node, STR("[0]")) : -1;
        if (!member_value(s, child, depth, &scrap))
            return false;
        skip_blank(s);
        if (s->p >= s->end)
            return fail(s, SCAN_MALFORMED);
        unsigned char c = *s->p++;
        if (c == ']')
            return true;
        if (c != ',')
            return fail(s, SCAN_MALFORMED);
    }
}

static bool skip_value(struct scan *s, int node, int depth, struct scan_value *v)
{
    skip_blank(s);
    if (s->p >= s->end)
        return fail(s, SCAN_MALFORMED);
    unsigned char c = *s->p;
    if (c == '"') {
        s->p++;
        return skip_string(s, v);
    }
    if (c == '{' || c == '[') {
        const unsigned char *from = s->p;
        if (depth >= SCAN_DEPTH)
            return fail(s, SCAN_TOO_DEEP);
        if (!(c == '{' ? skip_object(s, node, depth + 1) : skip_array(s, node, depth + 1)))
            return false;
        v->type = c == '{' ? SCAN_OBJECT : SCAN_ARRAY;
        v->escaped = false;
        v->raw = (struct str){(const char *)from, (size_t)(s->p - from)};
        return true;
    }
    v->escaped = false;
    return c == '-' || (c >= '0' && c <= '9') ? skip_number(s, v) : skip_word(s, v);
}

enum scan_result scan_line(const struct scan_fields *f, struct str line, struct scan_value *out, size_t *at)
{
    const unsigned char *from = (const unsigned char *)line.p;
    struct scan s = {.f = f, .p = from, .end = from + line.n, .out = out};
    memset(out, 0, f->paths * sizeof *out);
    struct scan_value top;
    if (skip_value(&s, 0, 0, &top)) {
        skip_blank(&s);
        if (s.p != s.end)
            fail(&s, SCAN_MALFORMED);
    }
    if (at)
        *at = (size_t)(s.p - from);
    return s.bad;
}

/* ---- text ---- */

static size_t put_utf8(char *out, unsigned v)
{
    if (v < 0x80) {
        out[0] = (char)v;
        return 1;
    }
    if (v < 0x800) {
        out[0] = (char)(0xc0 | v >> 6);
        out[1] = (char)(0x80 | (v & 63));
        return 2;
    }
    if (v < 0x10000) {
        out[0] = (char)(0xe0 | v >> 12);
        out[1] = (char)(0x80 | (v >> 6 & 63));
        out[2] = (char)(0x80 | (v & 63));
        return 3;
    }
    out[0] = (char)(0xf0 | v >> 18);
    out[1] = (char)(0x80 | (v >> 12 & 63));
    out[2] = (char)(0x80 | (v >> 6 & 63));
    out[3] = (char)(0x80 | (v & 63));
    return 4;
}

/* The line was scanned, so every escape is whole. Decoded text is never longer than its escapes. */
static struct str decode(struct arena *a, struct str raw)
{
    char *out = arena_alloc(a, raw.n + 1);
    const unsigned char *p = (const unsigned char *)raw.p, *end = p + raw.n;
    size_t n = 0;
    while (p < end) {
        unsigned char c = *p++;
        if (c != '\\') {
            out[n++] = (char)c;
            continue;
        }
        c = *p++;
        if (c != 'u') {
            out[n++] = c == 'b' ? '\b' : c == 'f' ? '\f' : c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : (char)c;
            continue;
        }
        unsigned v = (unsigned)hex4(p, end);
        p += 4;
        if (v >= 0xd800 && v <= 0xdbff) {
            unsigned low = (unsigned)hex4(p + 2, end);
            p += 6;
            v = 0x10000 + ((v - 0xd800) << 10) + (low - 0xdc00);
        }
        n += put_utf8(out + n, v);
    }
    out[n] = 0;
    return (struct str){out, n};
}

struct str scan_text(struct arena *a, const struct scan_value *v)
{
    if (v->type == SCAN_STRING)
        return v->escaped ? decode(a, v->raw) : v->raw;
    if (v->type == SCAN_NUMBER || v->type == SCAN_TRUE || v->type == SCAN_FALSE)
        return v->raw;
    return (struct str){"", 0};
}

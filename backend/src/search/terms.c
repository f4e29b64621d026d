#include "search/terms.h"

#include <stdlib.h>

enum kind { GAP, LATIN, HAN };

/* The code point at *i, which moves on; malformed bytes count as one each. */
static uint32_t next(struct str s, size_t *i)
{
    unsigned char c = (unsigned char)s.p[*i];
    size_t n = c < 0x80 ? 1 : c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;
    if (*i + n > s.n)
        n = 1;
    uint32_t u = n == 1 ? c : n == 2 ? c & 0x1FU : n == 3 ? c & 0x0FU : c & 0x07U;
    for (size_t k = 1; k < n; k++)
        u = u << 6 | ((unsigned)(unsigned char)s.p[*i + k] & 0x3FU);
    *i += n;
    return u;
}

static enum kind kind_of(uint32_t u)
{
    if ((u >= '0' && u <= '9') || (u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z'))
        return LATIN;
    if (u < 0x80)
        return u && strchr(".-_@:/", (char)u) ? LATIN : GAP;
    if (u >= 0xC0 && u < 0x2000)
        return LATIN; /* letters with accents, Greek, Cyrillic, Tibetan, ... */
    if ((u >= 0x2E80 && u < 0x3000) || (u >= 0x3005 && u <= 0x3007) || (u >= 0x3021 && u < 0xA4D0) || (u >= 0xAC00 && u < 0xD7B0) ||
        (u >= 0xF900 && u < 0xFB00) || u >= 0x10000)
        return HAN;
    return GAP;
}

struct str search_fold(struct arena *a, struct str text)
{
    struct buf b = buf_new(a, text.n + 1, text.n + 16);
    for (size_t i = 0; i < text.n;) {
        size_t from = i;
        uint32_t u = next(text, &i);
        if (u >= 0xFF01 && u <= 0xFF5E)
            u -= 0xFEE0;
        else if (u == 0x3000 || u < 0x20 || u == 0x7F)
            u = ' ';
        if (u >= 'A' && u <= 'Z')
            u += 'a' - 'A';
        if (u < 0x80)
            buf_c(&b, (char)u);
        else
            buf_put(&b, text.p + from, i - from);
    }
    return buf_done(&b);
}

struct terms {
    struct str *at;
    size_t n, cap;
    bool widest_only; /* triples instead of pairs where a run has them */
};

static void add(struct terms *t, const char *from, const char *to)
{
    if (t->n < t->cap)
        t->at[t->n++] = (struct str){from, (size_t)(to - from)};
}

/* The terms of each run, as they end. */
static void pieces(struct terms *t, struct str s)
{
    const char *was[3] = {NULL, NULL, NULL}; /* beginnings of the last characters of the run, oldest first */
    size_t length = 0;
    enum kind run = GAP;
    const char *pair[2] = {NULL, NULL}; /* the only pair of a Latin run so far, in a query */
    for (size_t i = 0; i <= s.n;) {
        const char *at = s.p + i;
        enum kind k = GAP;
        if (i < s.n)
            k = kind_of(next(s, &i));
        else
            i++;
        if (k != run) {
            if (pair[0])
                add(t, pair[0], pair[1]);
            pair[0] = NULL;
            run = k;
            length = 0;
        }
        if (k == GAP)
            continue;
        const char *end = s.p + i;
        was[0] = was[1];
        was[1] = was[2];
        was[2] = at;
        length++;
        if (length >= 3 && k == LATIN) {
            pair[0] = NULL;
            add(t, was[0], end);
        }
        if (length < 2)
            continue;
        if (k == HAN || !t->widest_only)
            add(t, was[1], end);
        else if (length == 2) {
            pair[0] = was[1];
            pair[1] = end;
        }
    }
}

static int by_bytes(const void *x, const void *y)
{
    const struct str *a = x, *b = y;
    int c = memcmp(a->p, b->p, a->n < b->n ? a->n : b->n);
    return c ? c : (a->n > b->n) - (a->n < b->n);
}

static size_t distinct(struct str *t, size_t n)
{
    size_t kept = 0;
    qsort(t, n, sizeof *t, by_bytes);
    for (size_t i = 0; i < n; i++)
        if (!kept || !str_eq(t[kept - 1], t[i]))
            t[kept++] = t[i];
    return kept;
}

size_t search_terms(struct arena *a, struct str folded, struct str **out)
{
    struct terms t = {.at = arena_array(a, 2 * folded.n + 1, sizeof(struct str)), .cap = 2 * folded.n + 1};
    pieces(&t, folded);
    *out = t.at;
    return distinct(t.at, t.n);
}

bool search_query(struct arena *a, struct str q, struct search_query *out)
{
    struct str rest = search_fold(a, q);
    *out = (struct search_query){0};
    struct terms t = {.at = out->term, .cap = SEARCH_NEEDLES_MAX, .widest_only = true};
    while (rest.n) {
        struct str word = str_cut(&rest, ' ');
        size_t points = 0;
        if (!word.n)
            continue;
        if (out->words == SEARCH_WORDS_MAX || !str_utf8(word, &points) || points > SEARCH_WORD_MAX)
            return false;
        out->word[out->words++] = word;
        pieces(&t, word);
    }
    out->terms = distinct(out->term, t.n);
    return true;
}

/* ---- lists ---- */
static unsigned low_of(struct str docs, size_t i)
{
    return (unsigned)(unsigned char)docs.p[2 * i] << 8 | (unsigned char)docs.p[2 * i + 1];
}

/* Is x among the first *n numbers? *n shrinks to those below it: the callers ask for ever smaller ones. */
static bool descend(struct str docs, size_t *n, unsigned x)
{
    while (*n && low_of(docs, *n - 1) > x)
        (*n)--;
    return *n && low_of(docs, *n - 1) == x;
}

size_t search_common(const struct posting_list *lists, size_t n, uint64_t *out, size_t max, bool *cut)
{
    size_t found = 0, at[SEARCH_NEEDLES_MAX] = {0}, left[SEARCH_NEEDLES_MAX];
    *cut = false;
    for (size_t i = 0; n && i < lists[0].n; i++) {
        const struct posting *first = &lists[0].at[i];
        bool all = true;
        for (size_t k = 1; k < n && all; k++) {
            while (at[k] < lists[k].n && lists[k].at[at[k]].block > first->block)
                at[k]++;
            all = at[k] < lists[k].n && lists[k].at[at[k]].block == first->block;
            left[k] = all ? lists[k].at[at[k]].docs.n / 2 : 0;
        }
        for (size_t d = all ? first->docs.n / 2 : 0; d-- > 0;) {
            unsigned low = low_of(first->docs, d);
            bool in = true;
            for (size_t k = 1; k < n && in; k++)
                in = descend(lists[k].at[at[k]].docs, &left[k], low);
            if (!in)
                continue;
            if (found == max) {
                *cut = true;
                return found;
            }
            out[found++] = (uint64_t)first->block << SEARCH_BLOCK_BITS | low;
        }
    }
    return found;
}

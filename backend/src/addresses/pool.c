#include "addresses/pool.h"

__extension__ typedef unsigned __int128 number;

static number of(const struct ip *ip)
{
    number n = 0;
    for (int i = 0; i < 16; i++)
        n = n << 8 | ip->b[i];
    return n;
}

static struct ip ip_of(number n)
{
    struct ip ip;
    for (int i = 15; i >= 0; i--, n >>= 8)
        ip.b[i] = (unsigned char)n;
    return ip;
}

enum pool_relation pool_relation(const struct pool_range *a, const struct pool_range *b)
{
    number al = of(&a->lo), ah = of(&a->hi), bl = of(&b->lo), bh = of(&b->hi);
    if (ah < bl || bh < al)
        return POOL_APART;
    if (al == bl && ah == bh)
        return POOL_SAME;
    if (al >= bl && ah <= bh)
        return POOL_INSIDE;
    return al <= bl && ah >= bh ? POOL_AROUND : POOL_ACROSS;
}

uint64_t pool_size(const struct pool_range *r)
{
    number n = of(&r->hi) - of(&r->lo);
    return n >= UINT64_MAX ? UINT64_MAX : (uint64_t)n + 1;
}

struct str pool_text(struct arena *a, const struct pool_range *r)
{
    char text[2 * CIDR_TEXT_MAX];
    int bits = ip_range_bits(&r->lo, &r->hi);
    size_t n;
    if (bits >= 0)
        n = cidr_format(&r->lo, (unsigned)bits, text);
    else {
        n = ip_format(&r->lo, text);
        text[n++] = '-';
        n += ip_format(&r->hi, text + n);
    }
    return (struct str){arena_strndup(a, text, n), n};
}

void pool_map_begin(const struct pool_range *r, struct pool_map *out)
{
    number n = of(&r->hi) - of(&r->lo);
    *out = (struct pool_map){.range = *r};
    while (n >> out->shift >= POOL_CELLS)
        out->shift++;
    out->cells = (size_t)(n >> out->shift) + 1;
}

bool pool_cell(const struct pool_map *m, const struct ip *ip, size_t *cell)
{
    number n = of(ip), lo = of(&m->range.lo);
    if (n < lo || n > of(&m->range.hi))
        return false;
    *cell = (size_t)((n - lo) >> m->shift);
    return true;
}

struct ip pool_cell_at(const struct pool_map *m, size_t cell)
{
    return ip_of(of(&m->range.lo) + ((number)cell << m->shift));
}

size_t pool_free(const struct pool_range *r, const struct ip *taken, size_t n, struct pool_range *out, size_t most)
{
    number at = of(&r->lo), end = of(&r->hi);
    size_t count = 0;
    for (size_t i = 0; i < n && count < most; i++) {
        number t = of(&taken[i]);
        if (t < at)
            continue;
        if (t > end)
            break;
        if (t > at)
            out[count++] = (struct pool_range){ip_of(at), ip_of(t - 1)};
        if (t == end)
            return count;
        at = t + 1;
    }
    if (count < most)
        out[count++] = (struct pool_range){ip_of(at), ip_of(end)};
    return count;
}

#include "kernel/ip.h"

#include <stdio.h>

static const unsigned char V4_PREFIX[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool ip_is_v4(const struct ip *ip)
{
    return memcmp(ip->b, V4_PREFIX, sizeof V4_PREFIX) == 0;
}

int ip_compare(const struct ip *a, const struct ip *b)
{
    return memcmp(a->b, b->b, 16);
}

static bool parse_v4(struct str s, unsigned char out[4])
{
    size_t i = 0;
    for (int part = 0; part < 4; part++) {
        if (part && (i >= s.n || s.p[i++] != '.'))
            return false;
        size_t from = i;
        unsigned v = 0;
        while (i < s.n && s.p[i] >= '0' && s.p[i] <= '9' && i - from < 3)
            v = v * 10 + (unsigned)(s.p[i++] - '0');
        if (i == from || v > 255 || (i - from > 1 && s.p[from] == '0'))
            return false;
        out[part] = (unsigned char)v;
    }
    return i == s.n;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Groups left of "::" fill from the front; what follows is moved to the end. */
static bool parse_v6(struct str s, unsigned char out[16])
{
    unsigned char bytes[16] = {0};
    size_t n = 0, i = 0, gap = SIZE_MAX;
    if (s.n >= 2 && s.p[0] == ':' && s.p[1] == ':') {
        gap = 0;
        i = 2;
    }
    while (i < s.n) {
        if (n == 16)
            return false;
        size_t from = i;
        unsigned v = 0;
        int d;
        while (i < s.n && i - from < 4 && (d = hex_digit(s.p[i])) >= 0) {
            v = v << 4 | (unsigned)d;
            i++;
        }
        if (i < s.n && s.p[i] == '.') { /* the last 32 bits as IPv4 */
            if (n > 12 || !parse_v4((struct str){s.p + from, s.n - from}, bytes + n))
                return false;
            n += 4;
            i = s.n;
            break;
        }
        if (i == from)
            return false;
        bytes[n++] = (unsigned char)(v >> 8);
        bytes[n++] = (unsigned char)v;
        if (i == s.n)
            break;
        if (s.p[i++] != ':' || i == s.n)
            return false;
        if (s.p[i] == ':') {
            if (gap != SIZE_MAX)
                return false;
            gap = n;
            i++;
        }
    }
    if (gap == SIZE_MAX ? n != 16 : n > 14)
        return false;
    memset(out, 0, 16);
    size_t head = gap == SIZE_MAX ? 16 : gap;
    memcpy(out, bytes, head);
    if (gap != SIZE_MAX)
        memcpy(out + 16 - (n - gap), bytes + gap, n - gap);
    return true;
}

bool ip_parse(struct str s, struct ip *out)
{
    if (s.n < 2 || s.n >= IP_TEXT_MAX)
        return false;
    if (memchr(s.p, ':', s.n))
        return parse_v6(s, out->b);
    memcpy(out->b, V4_PREFIX, sizeof V4_PREFIX);
    return parse_v4(s, out->b + 12);
}

static size_t put_decimal(char *out, unsigned v)
{
    size_t n = 0;
    if (v >= 100)
        out[n++] = (char)('0' + v / 100);
    if (v >= 10)
        out[n++] = (char)('0' + v / 10 % 10);
    out[n++] = (char)('0' + v % 10);
    return n;
}

/* The longest run of two or more zero groups, the first of equal ones (RFC 5952 4.2). */
static void longest_zeros(const unsigned group[8], int *at, int *len)
{
    *at = -1;
    *len = 1;
    for (int i = 0; i < 8;) {
        int j = i;
        while (j < 8 && group[j] == 0)
            j++;
        if (j - i > *len) {
            *at = i;
            *len = j - i;
        }
        i = j > i ? j : i + 1;
    }
}

size_t ip_format(const struct ip *ip, char out[IP_TEXT_MAX])
{
    static const char digits[] = "0123456789abcdef";
    size_t n = 0;
    if (ip_is_v4(ip)) {
        for (int i = 12; i < 16; i++) {
            if (i > 12)
                out[n++] = '.';
            n += put_decimal(out + n, ip->b[i]);
        }
        out[n] = 0;
        return n;
    }
    unsigned group[8];
    for (int i = 0; i < 8; i++)
        group[i] = (unsigned)ip->b[2 * i] << 8 | ip->b[2 * i + 1];
    int at, len;
    longest_zeros(group, &at, &len);
    for (int i = 0; i < 8; i++) {
        if (i == at) {
            out[n++] = ':';
            out[n++] = ':';
            i += len - 1;
            continue;
        }
        if (i > 0 && i != at + len)
            out[n++] = ':';
        else if (i > 0 && at < 0)
            out[n++] = ':';
        bool some = false;
        for (int shift = 12; shift >= 0; shift -= 4) {
            unsigned d = group[i] >> shift & 15U;
            some = some || d || shift == 0;
            if (some)
                out[n++] = digits[d];
        }
    }
    out[n] = 0;
    return n;
}

struct ip ip_first(const struct ip *ip, unsigned bits)
{
    struct ip r = *ip;
    for (unsigned i = 0; i < 16; i++) {
        unsigned keep = bits >= (i + 1) * 8 ? 8 : bits > i * 8 ? bits - i * 8 : 0;
        r.b[i] = (unsigned char)(r.b[i] & (0xff00U >> keep));
    }
    return r;
}

struct ip ip_last(const struct ip *ip, unsigned bits)
{
    struct ip r = ip_first(ip, bits);
    for (unsigned i = 0; i < 16; i++) {
        unsigned keep = bits >= (i + 1) * 8 ? 8 : bits > i * 8 ? bits - i * 8 : 0;
        r.b[i] = (unsigned char)(r.b[i] | (0xffU >> keep));
    }
    return r;
}

bool cidr_parse(struct str s, struct ip *net, unsigned *bits)
{
    const char *slash = s.n ? memchr(s.p, '/', s.n) : NULL;
    if (!slash)
        return false;
    struct str address = {s.p, (size_t)(slash - s.p)}, length = {slash + 1, s.n - address.n - 1};
    uint64_t v;
    if (!ip_parse(address, net) || length.n > 3 || !str_u64(length, &v) || (length.n > 1 && length.p[0] == '0'))
        return false;
    /* "::ffff:0:0/96" is written in IPv6 and counts 128 bits already. */
    bool as_v4 = !memchr(address.p, ':', address.n);
    if (v > (as_v4 ? 32U : 128U))
        return false;
    *bits = (unsigned)v + (as_v4 ? 96U : 0U);
    struct ip first = ip_first(net, *bits);
    return ip_compare(&first, net) == 0;
}

size_t cidr_format(const struct ip *net, unsigned bits, char out[CIDR_TEXT_MAX])
{
    size_t n = ip_format(net, out);
    if (ip_is_v4(net) && bits < 96) /* only as IPv6: such a prefix holds all of IPv4 */
        n = (size_t)snprintf(out, CIDR_TEXT_MAX, "::ffff:0:0");
    unsigned shown = ip_is_v4(net) && bits >= 96 ? bits - 96 : bits;
    out[n++] = '/';
    n += put_decimal(out + n, shown);
    out[n] = 0;
    return n;
}

bool ip_range_parse(struct str s, struct ip *first, struct ip *last)
{
    const char *dash = s.n ? memchr(s.p, '-', s.n) : NULL;
    if (dash) {
        struct str a = {s.p, (size_t)(dash - s.p)}, b = {dash + 1, s.n - a.n - 1};
        return ip_parse(a, first) && ip_parse(b, last) && ip_is_v4(first) == ip_is_v4(last) && ip_compare(first, last) <= 0;
    }
    unsigned bits;
    if (cidr_parse(s, first, &bits)) {
        *last = ip_last(first, bits);
        return true;
    }
    if (!ip_parse(s, first))
        return false;
    *last = *first;
    return true;
}

int ip_range_bits(const struct ip *first, const struct ip *last)
{
    unsigned bits = 0;
    while (bits < 128 && !((first->b[bits / 8] ^ last->b[bits / 8]) & (0x80U >> bits % 8)))
        bits++;
    struct ip lo = ip_first(first, bits), hi = ip_last(first, bits);
    return ip_compare(&lo, first) == 0 && ip_compare(&hi, last) == 0 ? (int)bits : -1;
}

/* ---- which addresses mean the same everywhere ---- */

struct block {
    unsigned char b[16];
    unsigned char bits;
};
#define V4(a, b, c, d, n)                                                \
    {                                                                    \
        {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d}, 96 + (n) \
    }

/* Not globally reachable (IANA special-purpose address registries), and multicast. */
static const struct block SPECIAL_V4[] = {
    V4(0, 0, 0, 0, 8),     V4(10, 0, 0, 0, 8),      V4(100, 64, 0, 0, 10),  V4(127, 0, 0, 0, 8),    V4(169, 254, 0, 0, 16),
    V4(172, 16, 0, 0, 12), V4(192, 0, 0, 0, 24),    V4(192, 0, 2, 0, 24),   V4(192, 88, 99, 0, 24), V4(192, 168, 0, 0, 16),
    V4(198, 18, 0, 0, 15), V4(198, 51, 100, 0, 24), V4(203, 0, 113, 0, 24), V4(224, 0, 0, 0, 4),    V4(240, 0, 0, 0, 4),
};
/* Exceptions inside 192.0.0.0/24: anycast services that are reachable (RFC 7723, RFC 8155). */
static const struct block REACHABLE_V4[] = {V4(192, 0, 0, 9, 32), V4(192, 0, 0, 10, 32)};

static const struct block SPECIAL_V6[] = {
    {{0x01, 0x00}, 64},                   /* discard only */
    {{0x00, 0x64, 0xff, 0x9b, 0, 1}, 48}, /* local translation */
    {{0x20, 0x01, 0x00, 0x00}, 23},       /* IETF protocol assignments, with Teredo and ORCHID */
    {{0x20, 0x01, 0x0d, 0xb8}, 32},       /* documentation */
    {{0x3f, 0xff}, 20},                   /* documentation */
    {{0x5f, 0x00}, 16},                   /* segment routing */
    {{0x20, 0x02}, 16},                   /* 6to4, withdrawn */
};
static const struct block GLOBAL_V6[] = {{{0x20}, 3}, {{0x00, 0x64, 0xff, 0x9b}, 96}};

static bool in_blocks(const struct ip *ip, const struct block *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct ip first = ip_first(ip, list[i].bits);
        if (memcmp(first.b, list[i].b, 16) == 0)
            return true;
    }
    return false;
}
#define IN(ip, list) in_blocks((ip), (list), sizeof(list) / sizeof(list)[0])

bool ip_is_global(const struct ip *ip)
{
    if (ip_is_v4(ip))
        return !IN(ip, SPECIAL_V4) || IN(ip, REACHABLE_V4);
    return IN(ip, GLOBAL_V6) && !IN(ip, SPECIAL_V6);
}

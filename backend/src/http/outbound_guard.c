/* Which targets may be called. Pure. */
#include <ctype.h>

#include "http/outbound.h"

enum { HOST_MAX = 253, V4 = 96 };

/* Never, whatever the list says. */
static const char *const NEVER[] = {"0.0.0.0/8",          "169.254.0.0/16", "224.0.0.0/4",      "255.255.255.255/32",
                                    "fe80::/10",          "ff00::/8",       "fec0::/10",        "::/128",
                                    "100.100.100.200/32", "192.0.0.192/32", "168.63.129.16/32", "fd00:ec2::254/128"};
static const char *const LOOPBACK[] = {"127.0.0.0/8", "::1/128"};

static bool inside(const struct ip *address, const struct ip *net, unsigned bits)
{
    struct ip first = ip_first(address, bits);
    return ip_compare(&first, net) == 0;
}

/* The index of the block that holds the whole prefix, or -1. */
static int block_of(const char *const *list, size_t n, const struct ip *net, unsigned bits)
{
    for (size_t i = 0; i < n; i++) {
        struct ip block;
        unsigned block_bits;
        if (cidr_parse(str_of(list[i]), &block, &block_bits) && bits >= block_bits && inside(net, &block, block_bits))
            return (int)i;
    }
    return -1;
}
#define BLOCK_OF(list, net, bits) block_of((list), sizeof(list) / sizeof(list)[0], (net), (bits))

static bool label_valid(struct str s)
{
    if (!s.n || s.n > 63 || s.p[0] == '-' || s.p[s.n - 1] == '-')
        return false;
    for (size_t i = 0; i < s.n; i++)
        if (!isalnum((unsigned char)s.p[i]) && s.p[i] != '-' && s.p[i] != '_')
            return false;
    return true;
}

/* Resolvers take a last label of digits, or 0x and digits, for a number. */
static bool looks_numeric(struct str label)
{
    size_t i = 0;
    if (label.n > 1 && label.p[0] == '0' && (label.p[1] == 'x' || label.p[1] == 'X'))
        return true;
    while (i < label.n && isdigit((unsigned char)label.p[i]))
        i++;
    return i == label.n;
}

bool outbound_host_valid(struct str host)
{
    struct ip address;
    struct str rest = host, label = {0};
    if (ip_parse(host, &address))
        return true;
    if (!host.n || host.n > HOST_MAX)
        return false;
    while (rest.n) {
        size_t before = rest.n;
        label = str_cut(&rest, '.');
        if (!label_valid(label) || (!rest.n && before > label.n)) /* also not with a point at the end */
            return false;
    }
    return !looks_numeric(label);
}

static bool prefix_parse(struct str text, struct outbound_allow *out)
{
    if (ip_parse(text, &out->net))
        out->bits = 128;
    else if (!cidr_parse(text, &out->net, &out->bits))
        return false;
    return out->bits >= (ip_is_v4(&out->net) ? V4 + 8 : 16) && BLOCK_OF(NEVER, &out->net, out->bits) < 0;
}

bool outbound_allow_parse(struct str text, struct outbound_allow *out)
{
    *out = (struct outbound_allow){.bits = 0};
    if (prefix_parse(text, out))
        return true;
    struct ip address;
    struct str host = str_starts(text, STR("*.")) ? (struct str){text.p + 2, text.n - 2} : text;
    if (memchr(text.p ? text.p : "", '/', text.n) || ip_parse(host, &address) || !outbound_host_valid(host))
        return false;
    out->host = text;
    return true;
}

static bool host_fits(struct str pattern, struct str host)
{
    if (!str_starts(pattern, STR("*.")))
        return str_ieq(pattern, host);
    struct str tail = {pattern.p + 1, pattern.n - 1}; /* ".example.cn" */
    return host.n > tail.n && str_ieq((struct str){host.p + host.n - tail.n, tail.n}, tail);
}

struct str outbound_url_host(struct str url)
{
    const char *slashes = url.n ? strstr(url.p, "://") : NULL;
    if (!slashes)
        return STR("");
    struct str rest = {slashes + 3, strcspn(slashes + 3, "/?#")};
    if (rest.n && rest.p[0] == '[') {
        const char *end = memchr(rest.p, ']', rest.n);
        return end ? (struct str){rest.p + 1, (size_t)(end - rest.p) - 1} : STR("");
    }
    return memchr(rest.p, '@', rest.n) ? STR("") : str_cut(&rest, ':');
}

bool outbound_host_allowed(const struct outbound_policy *p, struct str host)
{
    for (size_t i = 0; i < p->n; i++)
        if (p->list[i].host.n && host_fits(p->list[i].host, host))
            return true;
    return false;
}

bool outbound_address_listed(const struct outbound_policy *p, const struct ip *address)
{
    int loopback = BLOCK_OF(LOOPBACK, address, 128);
    if (BLOCK_OF(NEVER, address, 128) >= 0)
        return false;
    for (size_t i = 0; i < p->n; i++) {
        const struct outbound_allow *x = &p->list[i];
        if (!x->host.n && inside(address, &x->net, x->bits) && (loopback < 0 || BLOCK_OF(LOOPBACK, &x->net, x->bits) == loopback))
            return true;
    }
    return false;
}

bool outbound_address_allowed(const struct outbound_policy *p, const struct ip *address)
{
    struct ip translated, nat64;
    unsigned bits;
    if (BLOCK_OF(NEVER, address, 128) >= 0)
        return false;
    /* Behind a translator stands an IPv4 address. */
    if (cidr_parse(STR("64:ff9b::/96"), &nat64, &bits) && inside(address, &nat64, bits) && ip_parse(STR("0.0.0.0"), &translated)) {
        memcpy(translated.b + 12, address->b + 12, 4);
        return outbound_address_allowed(p, &translated);
    }
    return ip_is_global(address) || outbound_address_listed(p, address);
}

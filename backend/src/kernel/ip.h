/* Addresses: always 16 bytes in network order, IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2), so that one index,
 * one comparison and one column serve both. Prefix lengths are counted in those 128 bits (an IPv4 /24 is 120).
 * Text out is RFC 5952; a mapped address is shown as IPv4. Text in is strict: no leading zeros in IPv4, no zone
 * ids, no blanks. Pure; no allocation. */
#ifndef KERNEL_IP_H
#define KERNEL_IP_H

#include <stdbool.h>

#include "kernel/str.h"

struct ip {
    unsigned char b[16];
};
enum { IP_TEXT_MAX = 46, CIDR_TEXT_MAX = 50 };

bool ip_parse(struct str s, struct ip *out);
/* Writes at most IP_TEXT_MAX bytes with the final NUL; returns the length. */
size_t ip_format(const struct ip *ip, char out[IP_TEXT_MAX]);
bool ip_is_v4(const struct ip *ip);
int ip_compare(const struct ip *a, const struct ip *b);

/* "10.0.0.0/8", "2001:db8::/32". Bits behind the prefix must be zero; an address alone is not a prefix. */
bool cidr_parse(struct str s, struct ip *net, unsigned *bits);
size_t cidr_format(const struct ip *net, unsigned bits, char out[CIDR_TEXT_MAX]);
/* An address, a prefix, or "first-last" of one family, first <= last. */
bool ip_range_parse(struct str s, struct ip *first, struct ip *last);
/* When first..last is exactly one prefix, its length; otherwise -1. */
int ip_range_bits(const struct ip *first, const struct ip *last);

/* The first and last address of the prefix of `bits` bits round ip. */
struct ip ip_first(const struct ip *ip, unsigned bits);
struct ip ip_last(const struct ip *ip, unsigned bits);

/* Publicly routable: outside every block that the IANA special-purpose registries call not globally reachable,
 * and outside multicast. Such an address means the same everywhere, so it belongs to the space `internet`. */
bool ip_is_global(const struct ip *ip);

#endif

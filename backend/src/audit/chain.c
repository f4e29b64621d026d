#include "audit/chain.h"

static void put_u32(unsigned char *p, uint32_t v)
{
    p[0] = (unsigned char)(v >> 24);
    p[1] = (unsigned char)(v >> 16);
    p[2] = (unsigned char)(v >> 8);
    p[3] = (unsigned char)v;
}

void chain_mac(const struct mac_key *key, const struct chain_fields *f, const unsigned char prev[32], unsigned char out[32])
{
    unsigned char number[4], lengths[CHAIN_VALUES][4];
    struct str parts[3 + 2 * CHAIN_VALUES];
    size_t k = 0;
    put_u32(number, f->n);
    parts[k++] = (struct str){(const char *)prev, 32};
    parts[k++] = str_of(f->segment);
    parts[k++] = (struct str){(const char *)number, 4};
    for (size_t i = 0; i < CHAIN_VALUES; i++) {
        put_u32(lengths[i], f->values[i].p ? (uint32_t)f->values[i].n : UINT32_MAX);
        parts[k++] = (struct str){(const char *)lengths[i], 4};
        parts[k++] = f->values[i].p ? f->values[i] : STR("");
    }
    hmac_sm3_parts(key, parts, k, out);
}

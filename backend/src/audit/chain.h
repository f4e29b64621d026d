/* The MAC of one audit row: pure. The canonical form is each value with its length before it (NULL has length
 * 2^32 - 1), so that no two rows share one. */
#ifndef AUDIT_CHAIN_H
#define AUDIT_CHAIN_H

#include <stdint.h>

#include "kernel/crypto.h"
#include "kernel/str.h"

enum { CHAIN_VALUES = 15 };

struct chain_fields {
    const char *segment;
    uint32_t n;
    /* id, at, actor_user, actor_client, actor_org, address, request_id, action, subject_kind, subject_id, result, job_id,
     * before_json, after_json, org_id; p == NULL is SQL NULL */
    struct str values[CHAIN_VALUES];
};

void chain_mac(const struct mac_key *key, const struct chain_fields *f, const unsigned char prev[32], unsigned char out[32]);

#endif

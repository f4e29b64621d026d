/* SQL of realms; inside org/ only. */
#ifndef ORG_REALM_STORE_H
#define ORG_REALM_STORE_H

#include "org/realm.h"

/* id, name, region, depth, parent realm's name or NULL, accounts in it; of the caller's scope, at most 1,000, from the top. */
struct error *realm_rows(struct request *r, struct rows *out) MUST_CHECK;
/* The organisation's version when it is one of the caller's scope and open; its stamp beside. */
struct error *realm_set(struct request *r, const char *org_id, bool on, int64_t version, uint64_t *affected) MUST_CHECK;
/* Is the organisation a realm now? -1 when it is out of scope or closed. */
struct error *realm_state(struct request *r, const char *org_id, int64_t *out) MUST_CHECK;

#endif

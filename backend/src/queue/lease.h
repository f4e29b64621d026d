/* Leadership by a row of `leases`: no named locks, works with a cluster of one write node. */
#ifndef QUEUE_LEASE_H
#define QUEUE_LEASE_H

#include "http/services.h"
#include "kernel/error.h"

/* Takes or renews the lease for `seconds`; mine says whether this process holds it now. Own short transaction. */
struct error *lease_take(struct services *s, struct arena *a, const char *name, unsigned seconds, bool *mine) MUST_CHECK;
struct error *lease_drop(struct services *s, struct arena *a, const char *name) MUST_CHECK;
/* Inside a transaction: the names with such a beginning that are still ours, in one result of one text column. Locks their
 * rows until the commit, so that a slow holder cannot write late. */
struct error *lease_fence(struct services *s, struct arena *a, const char *prefix, struct rows *out) MUST_CHECK;

/* How many leases with such a beginning of their name are held now; those that ended an hour ago are forgotten. For workers
 * that share something out by counting each other. */
struct error *lease_count(struct services *s, struct arena *a, const char *prefix, int64_t *out) MUST_CHECK;

#endif

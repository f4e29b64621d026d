/* SQL of tongchou-ctl; inside main/ only. */
#ifndef MAIN_CTL_STORE_H
#define MAIN_CTL_STORE_H

#include "sql/sql.h"

/* id, kind, state, created_at, error. */
struct error *ctl_jobs(struct db *db, struct arena *a, const char *state, struct rows *out) MUST_CHECK;
/* id NULL: every failed one. */
struct error *ctl_jobs_replay(struct db *db, struct arena *a, const char *id, uint64_t *n) MUST_CHECK;
/* How many accounts there are, and how many workers have been alive within the last seconds. */
struct error *ctl_in_use(struct db *db, struct arena *a, int64_t *accounts, int64_t *running) MUST_CHECK;

#endif

/* What /metrics tells (Prometheus text exposition 0.0.4): requests of all children of this host, counted in shared memory, and
 * the queues as the database has them. */
#ifndef MAIN_METRICS_H
#define MAIN_METRICS_H

#include "http/request.h"

/* Shared memory; before the fork. Without it nothing is counted. */
void metrics_init(void);
/* A transaction is tried again after a deadlock or lock wait. */
void metrics_retried(void);
void metrics_count(const struct request *r, int64_t duration_us);

/* Figures of the platform, one row for each (store): name, value. */
struct error *metrics_gauges(struct db *db, struct arena *a, struct rows *out) MUST_CHECK;

#endif

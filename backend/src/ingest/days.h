/* The day partitions of `events`, made ahead. A row whose day has no partition yet goes to the catch-all one, so nothing
 * depends on this in time: it only keeps the partitions small. */
#ifndef INGEST_DAYS_H
#define INGEST_DAYS_H

#include "http/services.h"
#include "kernel/error.h"

/* Months of the past year when the table is new, then days up to 60 days ahead. Runs again without effect; one process at a
 * time (a lease). */
struct error *event_days_ahead(struct services *s, struct arena *a) MUST_CHECK;

#endif

/* Work that the platform starts by itself, at the times of a cron expression that the system administrator may change. At its
 * time a job of the kind is put, in the transaction that sets the next time: once, whichever worker was first. What was missed
 * while nothing ran is made up once.
 *     SCHEDULE(audit_verification, "30 2 * * *"); */
#ifndef QUEUE_SCHEDULE_H
#define QUEUE_SCHEDULE_H

#include "http/request.h"

struct schedule {
    const char *name; /* the kind of job; its params are an empty object, nobody has asked for it */
    const char *cron; /* as shipped */
};
#define SCHEDULE(kind, expression)                                                                                       \
    static const struct schedule kind##_schedule = {#kind, expression};                                                  \
    static const struct schedule *const kind##_schedule_registered __attribute__((section("schedule_registry"), used)) = \
        &kind##_schedule

const struct schedule *schedule_of(struct str name); /* NULL when this version knows none */

/* ---- SQL, inside queue/ ---- */
/* A row for every schedule that has none yet. */
struct error *schedules_known(struct db *db, struct arena *a, int64_t now) MUST_CHECK;
/* Names that are due and enabled; one text column. */
struct error *schedules_due(struct db *db, struct arena *a, int64_t now, struct rows *out) MUST_CHECK;
/* Locks one; due is false when another worker was first. */
struct error *schedule_lock(struct db *db, struct arena *a, const char *name, int64_t now, struct str *cron, bool *due) MUST_CHECK;
struct error *schedule_started(struct db *db, struct arena *a, const char *name, const char *job, int64_t now,
                               int64_t next) MUST_CHECK;
/* name, cron, enabled, next_at, last_at, job id, state, error, version, changed_at, who */
struct error *schedule_rows(struct request *r, struct rows *out) MUST_CHECK;
struct error *schedule_change(struct request *r, struct str name, int64_t next, uint64_t *affected) MUST_CHECK;

#endif

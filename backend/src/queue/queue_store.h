/* SQL of jobs and the outbox; inside queue/ only. */
#ifndef QUEUE_QUEUE_STORE_H
#define QUEUE_QUEUE_STORE_H

#include "queue/job.h"

struct error *job_insert(struct db *db, struct arena *a, const char *id, const char *kind, const char *params,
                         const char *created_by, const struct org_stamp *org) MUST_CHECK;
/* Takes the job if it is queued (and due) or its lease ran out; taken says whether it is ours now. */
struct error *job_take(struct services *s, struct arena *a, const char *id, struct job *out, int64_t *attempts,
                       bool *taken) MUST_CHECK;
struct error *job_update(struct job *j, const char *checkpoint, uint64_t *affected) MUST_CHECK;
struct error *job_finish(struct job *j, const char *state, const char *result, const char *error, uint64_t *affected) MUST_CHECK;
/* Back to queued, not before `delay_us` from now. */
struct error *job_requeue(struct job *j, const char *error, int64_t delay_us) MUST_CHECK;
/* Ids of jobs that nobody works on though they are due. */
struct error *jobs_waiting(struct services *s, struct arena *a, struct rows *out) MUST_CHECK;

struct error *outbox_insert(struct db *db, struct arena *a, const char *topic, const char *subject_id,
                            const char *payload) MUST_CHECK;
/* The last number that the relay gave; 0 before the first. */
struct error *outbox_last(struct db *db, struct arena *a, uint64_t *out) MUST_CHECK;
/* Whether committed rows wait for a number. */
struct error *outbox_unsent(struct db *db, struct arena *a, bool *any) MUST_CHECK;
/* The relay: gives committed rows without a number the next ones. n counts them; 0 = nothing to do. jobs: the ids among them
 * that are new jobs. */
struct error *outbox_number(struct db *db, struct arena *a, int limit, int64_t *n, const char ***jobs,
                            size_t *job_count) MUST_CHECK;
/* Rows after a number, in order: change_seq, topic, subject_id, payload, request_id. */
struct error *outbox_after(struct db *db, struct arena *a, const char *topic, uint64_t after, int limit,
                           struct rows *out) MUST_CHECK;
struct error *cursor_get(struct db *db, struct arena *a, const char *consumer, uint64_t *out) MUST_CHECK;
struct error *cursor_set(struct db *db, struct arena *a, const char *consumer, uint64_t seq) MUST_CHECK;

#endif

/* Jobs as their administrator sees them; inside queue/ only. */
#ifndef QUEUE_JOB_READ_STORE_H
#define QUEUE_JOB_READ_STORE_H

#include "http/request.h"

/* kind, queued, running, failed, done within the hour, age of the oldest queued (us or NULL), average duration (us or NULL). */
struct error *job_kind_rows(struct request *r, struct rows *out) MUST_CHECK;
struct error *outbox_waiting(struct request *r, int64_t *count, int64_t *oldest) MUST_CHECK;
struct error *job_page(struct request *r, const struct page *p, struct rows *out) MUST_CHECK;
struct error *job_count(struct request *r, int64_t *out) MUST_CHECK;
/* The stamp of a job in scope and its state; found. */
struct error *job_find(struct request *r, const char *id, struct org_stamp *org, char state[16], bool *found) MUST_CHECK;
struct error *job_again(struct request *r, const char *id, uint64_t *affected) MUST_CHECK;

#endif

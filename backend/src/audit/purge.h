/* Deleting old audit records. The system administrator asks for it, the audit administrator decides; nothing younger than
 * `audit.keep_days` goes (at least 180 days: Cybersecurity Law, article 21). Whole segments go, so that what stays still is one
 * chain; their seals stay, and verification tells what was deleted by such a decision from what was cut off (audit_verify). */
#ifndef AUDIT_PURGE_H
#define AUDIT_PURGE_H

#include "http/request.h"
#include "queue/job.h"

struct purge {
    char id[37], asked_by[37], decided_by[37];
    char before[27]; /* UTC, as SQL text */
    unsigned char mac[DIGEST_BYTES];
};
void purge_mac(const struct keys *k, const struct purge *p, unsigned char out[DIGEST_BYTES]);

/* id, before_at, reason, state, asked_by, name, asked_at, decided name, decided_at, deleted, job's error */
struct error *purge_rows(struct request *r, struct rows *out) MUST_CHECK;
struct error *purge_insert(struct request *r, const char *id, int64_t before) MUST_CHECK;
/* Locks it; found is false when it is not waiting for a decision. */
struct error *purge_lock(struct request *r, const char *id, struct purge *out, bool *found) MUST_CHECK;
struct error *purge_decided(struct request *r, const struct purge *p, const char *state, const char *job) MUST_CHECK;

struct error *purge_find(struct services *s, struct arena *a, const char *id, struct purge *out, bool *found) MUST_CHECK;
/* Up to 100 segments whose last seal is older; one text column. */
struct error *purge_segments(struct services *s, struct arena *a, const char *before, struct rows *out) MUST_CHECK;
/* At most 5,000 rows of a segment, the newest first. */
struct error *purge_delete(struct services *s, struct arena *a, const char *segment, uint64_t *deleted) MUST_CHECK;
struct error *purge_segment_gone(struct services *s, struct arena *a, const char *segment) MUST_CHECK;
struct error *purge_done(struct services *s, struct arena *a, const char *id, int64_t deleted) MUST_CHECK;
/* The latest time before which records were deleted by a decision whose mac fits, "" when there is none; forged counts the
 * decisions whose mac does not. */
struct error *purged_before(struct services *s, struct arena *a, char out[27], int64_t *forged) MUST_CHECK;

#endif

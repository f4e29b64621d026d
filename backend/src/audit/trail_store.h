/* Reading the trail; inside audit/ only. */
#ifndef AUDIT_TRAIL_STORE_H
#define AUDIT_TRAIL_STORE_H

#include "http/request.h"

/* At most 92 days, the end behind the beginning. */
struct error *trail_span(struct request *r, int64_t from, int64_t to) MUST_CHECK;
struct trail_filter {
    int64_t from, to; /* to is excluded */
    int64_t after_at; /* 0: the first page */
    struct str after_id;
    struct str user, action, kind, subject, address, request_id; /* empty: any */
    bool failed;
};
/* id, at, action, result, username, display_name, client, org, address, request_id, subject_kind, subject_id, the subject's
 * organisation, job_id; newest first, at most `most`. */
struct error *trail_rows(struct db *db, struct arena *a, const struct scope *scope, const struct trail_filter *f, int64_t most,
                         struct rows *out) MUST_CHECK;
/* The same of one row, then before, after, segment, n. */
struct error *trail_row(struct request *r, const char *id, struct rows *out, bool *found) MUST_CHECK;
/* The caller's own export: state, rows_done, error, the SHA-256 of its file in hex (NULL until it is done), the file's
 * name, when it went. */
struct error *trail_export_row(struct request *r, const char *id, struct rows *out, bool *found) MUST_CHECK;
/* sealed_at, seals, unsealed rows; then of the last verification: state, created_at, finished_at, error, result. */
struct error *trail_status(struct request *r, struct rows *out, bool *found) MUST_CHECK;

#endif

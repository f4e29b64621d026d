/* Inside ingest/ only: the SQL of requests, batches and parts. */
#ifndef INGEST_INGEST_STORE_H
#define INGEST_INGEST_STORE_H

#include "http/request.h"
#include "http/services.h"
#include "ingest/batch.h"
#include "ingest/source.h"

/* ---- taking ---- */
/* Keeps the answer of a request. first: nobody sent the same within 24 hours; otherwise *answer becomes the first one's. */
struct error *request_keep(struct request *r, const unsigned char digest[32], struct str *answer, bool *first) MUST_CHECK;
struct error *batch_insert(struct request *r, const char *id, const struct source *source, int format,
                           const struct batch *b) MUST_CHECK;

/* ---- working off ---- */
/* Lines of a batch that wait for a worker. */
struct part_ref {
    char batch[37];
    unsigned part;
    uint32_t first, count;
    const char *entry; /* where it lies on the stream; NULL: read from the table */
};
struct stored_batch {
    char id[37], source_id[37];
    int format;
    int64_t received_at;
    uint32_t lines, bytes;
    struct str body;
    struct format_source rules; /* of the source, as it is now */
    char space_id[37];
    struct org_stamp seen_by; /* the source's organisation */
};
struct error *batch_read(struct services *s, struct arena *a, const char *id, struct stored_batch *out, bool *found) MUST_CHECK;
/* The oldest parts of a partition that were accepted before a moment. */
struct error *parts_waiting(struct services *s, struct arena *a, unsigned part, const char *before_id, size_t max,
                            struct part_ref *out, size_t *n) MUST_CHECK;
/* Takes parts out, inside the transaction that stores their events: all at once, missing when one was not there any more, or
 * one by one, taken[i] when it was. */
struct error *parts_take(struct services *s, struct arena *a, const struct part_ref *p, size_t n, bool *missing) MUST_CHECK;
struct error *parts_take_each(struct services *s, struct arena *a, const struct part_ref *p, size_t n, bool *taken) MUST_CHECK;

#endif

/* SQL of sealing and verifying; used inside audit/ only. */
#ifndef AUDIT_SEAL_STORE_H
#define AUDIT_SEAL_STORE_H

#include "audit/chain.h"
#include "audit/seal.h"
#include "sql/sql.h"

/* The newest seal without its heads; seq 0 when there is none. */
struct error *seal_last(struct db *db, struct arena *a, struct seal *out) MUST_CHECK;
struct error *seal_insert(struct db *db, struct arena *a, const struct seal *s) MUST_CHECK;
/* Up to `most` seals with a number above `after`, whole; texts in the arena. */
struct error *seals_after(struct db *db, struct arena *a, uint64_t after, size_t most, struct seal *out, size_t *n) MUST_CHECK;

/* An open segment: its head, how many rows are sealed, whether it is too old to grow. */
struct open_segment {
    struct audit_head head;
    int64_t sealed_rows;
    bool old;
};
struct error *segments_open(struct db *db, struct arena *a, int64_t old_before, size_t most, struct open_segment *out,
                            size_t *n) MUST_CHECK;
struct error *segments_sealed(struct db *db, struct arena *a, const struct str *segment, const int64_t *rows, const int64_t *final,
                              size_t n, int64_t now) MUST_CHECK;

/* The next segment that has rows, in the order of ids; found is false behind the last. */
struct error *segment_next(struct db *db, struct arena *a, const char *after, char out[37], bool *found) MUST_CHECK;
struct error *segment_known(struct db *db, struct arena *a, const char *segment, bool *known) MUST_CHECK;

/* A row as it is stored, with what its mac covers. */
struct stored_row {
    struct chain_fields fields;
    unsigned char prev[DIGEST_BYTES], mac[DIGEST_BYTES];
};
/* Up to `most` rows of a segment with n >= from; texts in the arena. */
struct error *segment_rows(struct db *db, struct arena *a, const char *segment, uint64_t from, size_t most, struct stored_row *out,
                           size_t *n) MUST_CHECK;

#endif

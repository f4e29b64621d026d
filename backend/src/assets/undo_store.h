/* SQL of the undo of imports; inside assets/ only. */
#ifndef ASSETS_UNDO_STORE_H
#define ASSETS_UNDO_STORE_H

#include "assets/asset_store.h"
#include "queue/job.h"

/* Ties a queued job to its import, in the caller's transaction. ERR_DUPLICATE when another undo of it waits, runs or is
 * done; one that failed gives way. */
struct error *undo_claim(struct services *s, struct arena *a, const char *job_id, const char *import_id) MUST_CHECK;

/* What the import wrote, by row: row_no, outcome, asset_id, the version that it left, the version now (NULL: gone). */
struct error *undo_rows(struct services *s, struct arena *a, const char *import_id, int64_t after_row, int64_t limit,
                        struct rows *out) MUST_CHECK;
/* The record before the import changed it, as JSON text; empty when the history does not tell. */
struct error *undo_before(struct services *s, struct arena *a, const char *asset_id, const char *import_id,
                          struct str *out) MUST_CHECK;
/* All claims that an asset ever had, latest first: kind, value, space_id. */
struct error *undo_claims(struct services *s, struct arena *a, const char *asset_id, struct rows *out) MUST_CHECK;

struct undo_outcome {
    int64_t row;
    bool undone; /* else kept */
};
struct error *undo_outcomes_write(struct services *s, struct arena *a, const char *import_id, const struct undo_outcome *x,
                                  size_t n) MUST_CHECK;

#endif

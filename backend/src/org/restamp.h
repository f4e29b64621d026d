/* Re-stamping: rows of units carry the place of their organisation, and the data scope compares nothing else. When an
 * organisation gets another place, this is the rule that holds at every moment:
 *
 *     before the tree changes a row is seen by nobody who was not allowed to see it before, and after the change by nobody who
 *     is not allowed to see it then.
 *
 * 1. narrow: organisations, then all rows in chunks, get the columns that are the same before and after; the others become
 *    NULL, so that only who sees the row before and after still does. What is written meanwhile is stamped from the
 *    narrowed organisations.
 * 2. the tree changes in one transaction, with accounts and clients, whose sessions end.
 * 3. widen: all rows get the new place, in chunks.
 * 4. again, until a pass finds nothing: what was being written when the tree changed.
 *
 * The units themselves see their records throughout when their depth stays the same; otherwise from step 1 until step 3 has
 * reached a record only whoever sees the whole platform does. */
#ifndef ORG_RESTAMP_H
#define ORG_RESTAMP_H

#include "http/request.h"
#include "http/services.h"

size_t restamp_tables(void);
const char *restamp_table(size_t i);
/* A table of the database that carries a place and that this build does not know (scripts/gen-restamp.mjs reads them from the migrations); "" when there is none. */
struct error *restamp_unknown(struct db *db, struct arena *a, const char **out) MUST_CHECK;
/* About how many rows there are in all of the tables. */
struct error *restamp_estimate(struct db *db, struct arena *a, int64_t *out) MUST_CHECK;
/* Rows of a table in a scope, counted up to RESTAMP_COUNT_CAP + 1. */
enum { RESTAMP_COUNT_CAP = 100000 };
struct error *restamp_count(struct db *db, struct arena *a, size_t table, const struct scope *scope, int64_t *out) MUST_CHECK;

struct restamp_step {
    const char *move; /* id */
    bool wide;
    size_t table;
    char after[37]; /* key of the last row that was looked at; "" at the beginning */
};
/* Looks on from `after`, at most RESTAMP_LOOK rows and not past the `most`-th that must change; `upto` is where it stopped
 * ("" at the end of the table), found how many must change. Reads only. */
enum { RESTAMP_LOOK = 5000 };
struct error *restamp_look(struct db *db, struct arena *a, const struct restamp_step *s, int64_t most, char upto[37],
                           int64_t *looked, int64_t *found) MUST_CHECK;
/* In the caller's transaction: the rows after `after` up to `upto`. */
struct error *restamp_write(struct db *db, struct arena *a, const struct restamp_step *s, const char *upto) MUST_CHECK;

#endif

/* SQL of moves; inside org/ only. */
#ifndef ORG_MOVE_STORE_H
#define ORG_MOVE_STORE_H

#include "org/move.h"
#include "org/restamp.h"
#include "queue/job.h"

struct move {
    char id[37], job[37], subject[37], target[37], created_by[37];
    enum move_kind kind;
    char sector[17];
    bool switched;
};

/* Who makes, removes or moves organisations holds this row's lock until its commit; busy: a move is on its way. */
struct error *org_tree_lock(struct db *db, struct arena *a, bool *busy) MUST_CHECK;

/* The subject and all below it, the subject first; at most MOVE_MAX_UNITS + 1. parent: the subject's, or "". */
struct error *move_units_read(struct db *db, struct arena *a, const char *subject, bool alone, struct move_unit *out, size_t *n,
                              int *height, char parent[37]) MUST_CHECK;
/* Name, version and whether it runs a sub-system. */
struct error *move_subject(struct request *r, const char *id, struct str *name, int64_t *version, bool *realm,
                           bool *found) MUST_CHECK;
struct error *move_insert(struct db *db, struct arena *a, const struct move *m, struct str subject_name, struct str target_name,
                          const struct move_unit *units, size_t n) MUST_CHECK;
/* The organisations themselves get what is the same before and after. */
struct error *move_narrow_orgs(struct db *db, struct arena *a, const struct move_unit *units, size_t n) MUST_CHECK;
struct error *move_read(struct db *db, struct arena *a, const char *id, struct move *out, bool *found) MUST_CHECK;
/* The change of the tree: organisations, accounts, clients, and what names organisations without carrying a place. */
struct error *move_switch(struct db *db, struct arena *a, const struct move *m) MUST_CHECK;
struct error *move_finish(struct db *db, struct arena *a, const char *id) MUST_CHECK;
/* Ids of the units, and the sectors among them, at most 100, one text column each. */
struct error *move_unit_ids(struct db *db, struct arena *a, const char *move, struct rows *out) MUST_CHECK;
struct error *move_sectors(struct db *db, struct arena *a, const char *move, struct rows *out) MUST_CHECK;
/* A failed job of an open move is put anew: the job's id changes. */
struct error *move_resume(struct request *r, const char *id, const char *job, uint64_t *affected) MUST_CHECK;

/* 0 id, 1 kind, 2 subject, 3 its name, 4 target, 5 its name, 6 sector, 7 state, 8 units, 9 created_at, 10 switched_at,
 * 11 finished_at, 12 who, 13 job state, 14 rows_total, 15 rows_done, 16 updated, 17 error. The newest 200 whose subject lies in scope. */
struct error *move_rows(struct request *r, struct rows *out) MUST_CHECK;
struct error *move_row(struct request *r, const char *id, struct rows *out, bool *found) MUST_CHECK;

/* Accounts at these organisations that see the whole subtree: id, name, accounts. ids: a JSON array. */
struct error *sight_rows(struct request *r, const char *ids, struct rows *out) MUST_CHECK;
/* How many accounts have this sector as their scope; and how many belong to these units. */
struct error *sector_sight(struct request *r, const char *sector, int64_t *out) MUST_CHECK;
struct error *accounts_of(struct request *r, const char *ids, int64_t *out) MUST_CHECK;

#endif

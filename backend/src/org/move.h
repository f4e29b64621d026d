/* Where organisations come to lie when one of them moves, is merged or changes its sector: pure rules. */
#ifndef ORG_MOVE_H
#define ORG_MOVE_H

#include "http/principal.h"

enum { MOVE_MAX_UNITS = 2400, ORG_MAX_DEPTH = 6 }; /* a change of the tree is one transaction of at most 5,000 rows */

enum move_kind { MOVE_PARENT, MOVE_MERGE, MOVE_SECTOR };
struct move_unit {
    struct org_stamp was, narrow, wide; /* narrow: what is the same in both; its depth is not used */
    char to[37];                        /* whose its rows are afterwards: itself, or what it is merged into */
};

/* was is set in each of n units, the subject the first of them; the target is the new parent, or what the subject is merged
 * into (unused for a sector). */
void move_place(enum move_kind kind, const struct org_stamp *target, const char *sector, struct move_unit *units, size_t n);

/* NULL, or why not: "root", "self", "cycle", "same", "depth", "limit". height is the subtree's, 1 for a leaf. parent is the
 * subject's present one. */
const char *move_problem(enum move_kind kind, const struct org_stamp *subject, const char *parent, const struct org_stamp *target,
                         const char *sector, size_t units, int height);

#endif

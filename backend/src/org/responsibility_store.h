/* SQL of responsibilities; inside org/ only. */
#ifndef ORG_RESPONSIBILITY_STORE_H
#define ORG_RESPONSIBILITY_STORE_H

#include "org/responsibility.h"

struct responsibility {
    char id[37];
    struct str kind, office, sector, region, org, basis, from, to; /* org: the unit that is the target */
    int64_t version;
};
/* Columns: id, org id, org name, kind, office, target sector, region, org id, org name, basis, from, to, version, updated_at,
 * units covered in scope. */
struct error *responsibility_rows(struct request *r, const char *day, const struct page *p, struct rows *out) MUST_CHECK;
struct error *responsibility_count(struct request *r, const char *day, int64_t *out) MUST_CHECK;
struct error *responsibility_row(struct request *r, const char *day, const char *id, struct rows *out, bool *found) MUST_CHECK;
struct error *responsibility_total(struct request *r, int64_t *out) MUST_CHECK;
/* The same responsibility of an organisation, from the same day, locked: found gives x its id and version. */
struct error *responsibility_same(struct request *r, struct responsibility *x, const struct org_stamp *org, bool *found) MUST_CHECK;
/* All in scope, as they go into a sheet: org, kind, office, target sector, region, org's name, basis, from, to. */
struct error *responsibility_sheet_rows(struct request *r, struct rows *out) MUST_CHECK;
struct error *responsibility_insert(struct request *r, const struct responsibility *x, const struct org_stamp *org) MUST_CHECK;
struct error *responsibility_change(struct request *r, const struct responsibility *x, uint64_t *affected) MUST_CHECK;
struct error *responsibility_remove(struct request *r, const char *id) MUST_CHECK;

/* Units, each repeated for each of its holders: id, name, region, sector, cii, voluntary, unsupervised, several, then the
 * columns of regulators_of (NULL when nobody holds anything). */
struct error *map_rows(struct request *r, const char *day, const struct page *p, struct rows *out) MUST_CHECK;
struct error *map_count(struct request *r, const char *day, int64_t *out) MUST_CHECK;
/* sector, units, cii, voluntary, unsupervised, uncharged. */
struct error *cover_rows(struct request *r, const char *day, struct rows *out) MUST_CHECK;
/* sector, then the columns of regulators_of: who answers for whole sectors. */
struct error *sector_holder_rows(struct request *r, const char *day, struct rows *out) MUST_CHECK;

#endif

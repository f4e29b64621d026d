/* SQL of the sector defaults; inside ownership/ only. A default belongs to a realm: an organisation, for itself and all
 * below it, or ("") the whole platform. */
#ifndef OWNERSHIP_DEFAULT_STORE_H
#define OWNERSHIP_DEFAULT_STORE_H

#include "http/request.h"

struct sector_default {
    char id[37];
    struct str org; /* the owner's id */
    int64_t version;
};
/* id, sector, its labels, realm's id and name, owner's id and name (both NULL out of scope), version, updated_at. Of the
 * platform and of realms in the caller's scope, at most 5,000. */
struct error *default_rows(struct request *r, struct rows *out) MUST_CHECK;
/* Locks the row. */
struct error *default_find(struct request *r, struct str realm, struct str sector, struct sector_default *out,
                           bool *found) MUST_CHECK;
struct error *default_insert(struct request *r, struct str realm, struct str sector, const struct sector_default *d) MUST_CHECK;
struct error *default_change(struct request *r, const struct sector_default *d) MUST_CHECK;
struct error *default_remove(struct request *r, const struct sector_default *d) MUST_CHECK;
struct error *default_sector_known(struct request *r, struct str sector, bool *out) MUST_CHECK;

#endif

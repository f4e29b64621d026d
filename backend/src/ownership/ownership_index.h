/* The look-up side of the index; private to ownership/. */
#ifndef OWNERSHIP_OWNERSHIP_INDEX_H
#define OWNERSHIP_OWNERSHIP_INDEX_H

#include "ownership/ownership.h"

enum { FOUND_MAX = 32 };
struct found {
    const struct claim *claim[FOUND_MAX];
    size_t n;
    bool more;
};
/* Claims valid or not: the caller looks at the time. */
void index_address(const struct ownership_index *x, const struct own_id *space, const struct ip *ip, struct found *out);
void index_domain(const struct ownership_index *x, struct str domain, struct found *out);
void index_ranges(const struct ownership_index *x, const struct own_id *space, const struct ip *ip, struct found *out);
void index_sector(const struct ownership_index *x, struct str sector, struct found *out);
/* Fills in what the URL says and the query does not; a host name is written to `name`. */
struct ownership_query query_complete(const struct ownership_query *q, char name[256]);
const struct own_id *index_internet(const struct ownership_index *x);

#endif

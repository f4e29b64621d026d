/* SQL of organisations and people; inside org/ only. */
#ifndef ORG_ORG_STORE_H
#define ORG_ORG_STORE_H

#include "http/request.h"
#include "org/org.h"

struct org_record {
    char id[37], parent_id[37];
    struct str name, short_name, uscc, org_type, org_level, region_code, sector_code, address, state;
    bool is_office, is_cii, is_key, is_voluntary;
    int64_t sort_order, version;
};

struct error *org_rows(struct request *r, const struct page *p, struct rows *out) MUST_CHECK;
struct error *org_count(struct request *r, int64_t *out) MUST_CHECK;
struct error *org_tree_rows(struct request *r, struct rows *out) MUST_CHECK;
struct error *org_row(struct request *r, const char *id, struct rows *out, bool *found) MUST_CHECK;
struct error *org_insert(struct request *r, const struct org_record *o, const struct org_stamp *stamp) MUST_CHECK;
struct error *org_change(struct request *r, const struct org_record *o, uint64_t *affected) MUST_CHECK;
struct error *org_remove(struct request *r, const char *id, uint64_t *affected) MUST_CHECK;
/* What still hangs on an organisation: children, people, users, assets, dispatches. */
struct error *org_used(struct request *r, const char *id, int64_t *out) MUST_CHECK;
/* The sector is copied to every row of the organisation; a job restamps what is large. */
struct error *org_region_known(struct request *r, const char *code, bool *out) MUST_CHECK;
/* A sector that may be chosen, or the one that is held already though it was retired since. */
struct error *org_sector_known(struct request *r, struct str code, struct str held, bool *out) MUST_CHECK;

#endif

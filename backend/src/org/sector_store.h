/* SQL of sectors; inside org/ only. */
#ifndef ORG_SECTOR_STORE_H
#define ORG_SECTOR_STORE_H

#include "http/request.h"

struct sector_record {
    struct str code, label_zh, label_en, state;
    int64_t sort_order, version;
};
/* Columns: code, label_zh, label_en, sort_order, state, shipped, version. */
struct error *sector_rows(struct request *r, bool all, struct rows *out) MUST_CHECK;
struct error *sector_row(struct request *r, struct str code, struct rows *out, bool *found) MUST_CHECK;
struct error *sector_insert(struct request *r, const struct sector_record *s) MUST_CHECK;
struct error *sector_change(struct request *r, const struct sector_record *s, uint64_t *affected) MUST_CHECK;
struct error *sector_remove(struct request *r, struct str code) MUST_CHECK;

struct sector_usage {
    int64_t orgs, accounts, defaults, groups, responsibilities;
};
struct error *sector_used(struct request *r, struct str code, struct sector_usage *out) MUST_CHECK;

#endif

/* SQL of management groups; inside org/ only. */
#ifndef ORG_GROUP_STORE_H
#define ORG_GROUP_STORE_H

#include "org/group.h"

struct group_record {
    char id[37], realm[37]; /* realm "" for the platform's own */
    struct str name, remark;
    json_t *orgs, *excluded, *rule; /* borrowed; NULL: none */
    int64_t version;
};
/* Columns: id, realm, its name, name, remark, rule as "kind:value" joined by commas (NULL without one), members by hand in
 * scope, version, updated_at, whether the realm lies in scope. */
struct error *group_rows(struct request *r, struct rows *out) MUST_CHECK;
struct error *group_row(struct request *r, const char *id, struct rows *out, bool *found) MUST_CHECK;
/* id, name, excluded: those by hand, inside the scope. */
struct error *group_hand_rows(struct request *r, const char *id, struct rows *out) MUST_CHECK;
/* id, name, region, sector, by hand. */
struct error *group_member_rows(struct request *r, const char *id, const struct page *p, struct rows *out) MUST_CHECK;
struct error *group_member_count(struct request *r, const char *id, int64_t *out) MUST_CHECK;
/* The first id of a list that is not active in the scope and in the realm; "" when all are. */
struct error *group_stranger(struct request *r, const char *realm, json_t *ids, const char **out) MUST_CHECK;
struct error *group_total(struct request *r, const char *realm, int64_t *out) MUST_CHECK;
struct error *group_insert(struct request *r, const struct group_record *g) MUST_CHECK;
struct error *group_change(struct request *r, const struct group_record *g, uint64_t *affected) MUST_CHECK;
/* Members by hand and the rule, in place of what there was. */
struct error *group_fill(struct request *r, const struct group_record *g) MUST_CHECK;
struct error *group_remove(struct request *r, const char *id) MUST_CHECK;

#endif

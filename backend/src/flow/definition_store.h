/* SQL of flows as they are drawn; inside flow/ only. realm is "" for the platform's own. */
#ifndef FLOW_DEFINITION_STORE_H
#define FLOW_DEFINITION_STORE_H

#include "flow/kind.h"

enum { FLOWS_MAX = 1000 };

struct flow_row {
    struct str id, realm, realm_name, kind, name, state, draft, published, updated_by;
    int64_t n, version, updated_at, running; /* running: instances of it in scope */
};
/* id, realm, realm's name, kind, name, state, n, has a draft, version, updated_at, updated_by, running. */
struct error *flow_rows(struct request *r, struct rows *out) MUST_CHECK;
/* One that the caller may see, with its draft and the version in force; locked until the transaction ends when lock. */
struct error *flow_one(struct request *r, struct str id, bool lock, struct flow_row *out, bool *found) MUST_CHECK;
/* n, note, published_at, published_by, xml (NULL unless n is asked for). n 0: all, newest first. */
struct error *flow_version_rows(struct request *r, struct str id, int64_t n, struct rows *out) MUST_CHECK;

struct error *flow_insert(struct request *r, const struct flow_row *f) MUST_CHECK;
/* name, draft and state; affected 0: another version. */
struct error *flow_change(struct request *r, const struct flow_row *f, uint64_t *affected) MUST_CHECK;
/* The draft, or without one the newest version, is in force from now on; what was in force of this kind and realm is retired. */
struct error *flow_enforce(struct request *r, const struct flow_row *f, struct str note, uint64_t *affected) MUST_CHECK;
struct error *flow_remove(struct request *r, struct str id, int64_t version, uint64_t *affected) MUST_CHECK;
struct error *flow_room(struct request *r) MUST_CHECK;

#endif

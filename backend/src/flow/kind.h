/* Kinds of business that run on flows. A feature says once what its path may use and what follows from its end:
 *     FLOW_KIND(warning_approval, ...);
 * The rules are what bpmn.h reads drawings by. */
#ifndef FLOW_KIND_H
#define FLOW_KIND_H

#include "flow/flow.h"
#include "flow/task.h"
#include "http/request.h"

/* What an instance is about; copied at the start. */
struct flow_subject {
    const char *id, *title;
    int level; /* 0: none */
    const struct org_stamp *org;
    bool is_demo;
};
/* How it ended: status past FLOW_PAUSED; result is that of the end event, NULL when it was withdrawn or terminated. */
struct flow_end {
    const char *subject_id, *result;
    enum flow_status status;
    struct str opinion; /* of whoever acted last */
    const struct actor *by;
    int64_t now;
};

struct flow_kind {
    struct flow_rules rules;
    const char *subject_kind, *step; /* of the to-dos */
    const char *manage;              /* the permission over instances inside one's scope: pause, terminate, hand on, extend */
    /* In the transaction of the act, once; r is NULL when a timer did it. */
    struct error *(*ended)(struct services *s, struct arena *a, struct request *r, const struct flow_end *end);
    /* A condition on whoever decides, beyond the permission; an error when it does not hold. */
    struct error *(*may_complete)(struct request *r, const char *subject_id, const char *outcome);
    /* Whether the caller may see, or (to_manage) change, the subject. */
    struct error *(*seen)(struct request *r, const char *subject_id, bool to_manage, bool *out);
};
#define FLOW_KIND(id) \
    static const struct flow_kind *const id##_flow_kind_registered __attribute__((section("flow_kind_registry"), used)) = &id

/* NULL past the last one. */
const struct flow_kind *flow_kind_at(size_t i);
const struct flow_kind *flow_kind_of(struct str name);

#endif

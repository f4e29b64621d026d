/* Running flows: the engine (flow.h) on rows. The state stands in `flow_instances`, each open seat is a row of `tasks`, each
 * timer a row of `flow_timers`, each act a row of `flow_moments`; one transaction changes all of them together.
 *
 * All functions work in the caller's transaction and lock the instance's row. */
#ifndef FLOW_INSTANCE_H
#define FLOW_INSTANCE_H

#include "flow/kind.h"

struct flow_instance {
    char id[37], subject_id[37], initiator[37];
    const struct flow_kind *kind;
    struct flow_model model;
    struct flow_state *state;
    const char *title, *flow_name;
    struct str xml;
    int64_t version, n, created_at;
    int level;
    struct org_stamp org;
    bool is_demo;
};

/* Starts the flow that is in force where the subject is. variables are borrowed. ERR_NO_FLOW when none is. */
struct error *flow_begin(struct services *s, struct arena *a, struct request *r, const struct flow_kind *k,
                         const struct flow_subject *x, json_t *variables, const struct actor *by, int64_t now) MUST_CHECK;
/* The caller's open to-do in the instance of a subject gets an outcome. ERR_FORBIDDEN when there is none. ended: the instance
 * has come to its end, and the kind's ended() has run. */
struct error *flow_complete_own(struct request *r, const struct flow_kind *k, const char *subject_id, const char *outcome,
                                struct str opinion, bool *ended) MUST_CHECK;
/* Whether an open step of the subject's instance is the caller's. */
struct error *flow_own_open(struct request *r, const struct flow_kind *k, const char *subject_id, bool *out) MUST_CHECK;
/* The subject is gone or went another way: its instance ends without ended(). None running is no error. */
struct error *flow_stop(struct services *s, struct arena *a, const struct flow_kind *k, const char *subject_id,
                        const struct actor *by, struct str opinion, int64_t now) MUST_CHECK;

/* ---- inside flow/ ---- */
/* found false when it is not there; locked until the transaction ends when lock. */
struct error *instance_load(struct db *db, struct arena *a, const char *id, bool lock, struct flow_instance *out,
                            bool *found) MUST_CHECK;
struct act_note {
    const struct actor *by;
    struct str opinion;
    const char *whom; /* names, for the timeline; NULL */
    bool silent;      /* ended() is not called: whoever stops it goes on himself */
};
/* One act and all that follows from it. ERR_FLOW_REFUSED, with the engine's reason as rule. */
struct error *instance_do(struct services *s, struct arena *a, struct request *r, struct flow_instance *x, struct flow_act act,
                          const struct act_note *note, int64_t now) MUST_CHECK;

#endif

/* SQL of running flows; inside flow/ only. */
#ifndef FLOW_INSTANCE_STORE_H
#define FLOW_INSTANCE_STORE_H

#include "flow/instance.h"

/* The flow in force at a place: found, its id, version number and XML. */
struct flow_drawing {
    char id[37];
    int64_t n;
    struct str xml;
};
struct error *flow_in_force(struct db *db, struct arena *a, const char *kind, const struct org_stamp *org, struct flow_drawing *out,
                            bool *found) MUST_CHECK;

struct instance_row {
    struct flow_instance x;
    struct str kind, xml, data;
};
struct error *instance_row(struct db *db, struct arena *a, const char *id, bool lock, struct instance_row *out,
                           bool *found) MUST_CHECK;
/* The running instance of a subject, or with any the newest one; "" when there is none. */
struct error *instance_of_subject(struct db *db, struct arena *a, const char *kind, const char *subject_id, bool any,
                                  char out[37]) MUST_CHECK;
struct error *instance_insert(struct db *db, struct arena *a, const struct flow_instance *x, const struct flow_drawing *d,
                              const char *data, int64_t now) MUST_CHECK;
struct error *instance_save(struct db *db, struct arena *a, const struct flow_instance *x, const char *data, const char *result,
                            int64_t now, uint64_t *affected) MUST_CHECK;

/* ---- seats: rows of tasks ---- */
struct error *seat_open(struct db *db, struct arena *a, const struct flow_instance *x, const struct flow_node *node, unsigned no,
                        const char *user, const struct org_stamp *org, int64_t due, int64_t now) MUST_CHECK;
struct error *seat_close(struct db *db, struct arena *a, const char *instance, unsigned no, const char *outcome, struct str opinion,
                         const struct actor *by, int64_t now) MUST_CHECK;
struct error *seat_cancel(struct db *db, struct arena *a, const char *instance, unsigned no, int64_t now) MUST_CHECK;
struct error *seat_assign(struct db *db, struct arena *a, const char *instance, unsigned no, const char *user,
                          const struct org_stamp *org) MUST_CHECK;
struct error *seat_due(struct db *db, struct arena *a, const char *instance, unsigned no, int64_t due) MUST_CHECK;
/* The caller's open seat in an instance; 0: none. */
struct error *seat_own(struct request *r, const char *instance, unsigned *no) MUST_CHECK;
struct seat {
    char instance[37];
    unsigned no;
    const char *permission;
    struct org_stamp org;
    bool open, own; /* own: the caller may do it */
};
/* A to-do that is a seat, whoever asks. */
struct error *seat_of_task(struct request *r, struct str task_id, struct seat *out, bool *found) MUST_CHECK;
/* seat, task id, user id, display name, org name, due, opened_at, the caller may do it. */
struct error *seat_rows(struct request *r, const char *instance, struct rows *out) MUST_CHECK;

/* An active account that holds a permission: its name and place; found. */
struct error *holder_of(struct db *db, struct arena *a, const char *user, const char *permission, const char **name,
                        struct org_stamp *org, bool *found) MUST_CHECK;
struct error *account_name(struct request *r, struct str user, const char **out) MUST_CHECK; /* "" when there is none */
/* Accounts that hold a permission at a place: id, display name, org name. q may be empty. */
struct error *holder_rows(struct request *r, const char *permission, const struct org_stamp *org, struct str q,
                          struct rows *out) MUST_CHECK;

/* ---- timers ---- */
struct error *timer_put(struct db *db, struct arena *a, const char *instance, unsigned seat, const char *node,
                        int64_t at) MUST_CHECK;
struct error *timer_drop(struct db *db, struct arena *a, const char *instance, unsigned seat, const char *node) MUST_CHECK;
/* instance, seat, node of timers that are due, the oldest first. */
struct error *timers_due(struct db *db, struct arena *a, int64_t now, unsigned most, struct rows *out) MUST_CHECK;

/* ---- the timeline ---- */
struct flow_moment {
    const char *act, *node_name, *outcome, *whom;
    const struct actor *by;
    struct str opinion;
    int64_t due;
};
struct error *moment_add(struct db *db, struct arena *a, const char *instance, const struct flow_moment *m, int64_t now) MUST_CHECK;
/* act, node name, actor, his organisation, whom, outcome, opinion, due, at; oldest first. */
struct error *moment_rows(struct request *r, const char *instance, struct rows *out) MUST_CHECK;

#endif

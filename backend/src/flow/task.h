/* To-dos: a row of `tasks` is one open step of a subject. At most one open task per (subject, step): a unique key holds it.
 *
 * All functions work in the caller's transaction. Times are microseconds UTC, 0 is "none". */
#ifndef FLOW_TASK_H
#define FLOW_TASK_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/deadline.h"
#include "http/request.h"
#include "kernel/error.h"
#include "org/org.h"
#include "sql/sql.h"

struct task {
    const char *subject_kind, *subject_id;
    const char *root_id; /* what the subject is part of: the warning */
    const char *step, *title, *permission;
    int level; /* 0: none */
    int64_t due;
    const struct org_stamp *org; /* whose members, with the permission, may complete it */
    bool is_demo;
};

/* Who acts; NULL members for the platform itself. Borrowed. */
struct actor {
    const char *id, *name, *org_id, *org_name;
};

struct error *task_open(struct db *db, struct arena *a, const struct task *t, int64_t now) MUST_CHECK;
/* done: false when the step had no open task. */
struct error *task_complete(struct db *db, struct arena *a, const char *subject_id, const char *step, const char *outcome,
                            struct str opinion, const struct actor *by, int64_t now, bool *done) MUST_CHECK;
/* All open tasks of a subject; except: a step that stays open, or NULL. */
struct error *task_cancel(struct db *db, struct arena *a, const char *subject_id, const char *except, int64_t now) MUST_CHECK;
/* At most `most` open tasks under a root. */
struct error *task_cancel_root(struct db *db, struct arena *a, const char *root_id, int most, int64_t now) MUST_CHECK;
struct error *task_set_due(struct db *db, struct arena *a, const char *subject_id, const char *step, int64_t due) MUST_CHECK;

/* The working days that hold at a place, into the arena: for each day what the nearest realm says of it. */
struct error *calendar_load(struct db *db, struct arena *a, const struct org_stamp *org, struct calendar *out) MUST_CHECK;

struct actor actor_of(const struct request *r);

#endif

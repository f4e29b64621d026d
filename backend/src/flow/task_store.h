/* Inside flow/ only. */
#ifndef FLOW_TASK_STORE_H
#define FLOW_TASK_STORE_H

#include "http/request.h"

struct task_filter {
    bool done;
    struct str q, step;
    int64_t level; /* 0: any */
    bool has_overdue, overdue;
    const char *permissions; /* comma-separated */
    int64_t now;
};
struct error *task_page(struct request *r, const struct task_filter *f, const struct page *p, struct rows *out) MUST_CHECK;
struct error *task_total(struct request *r, const struct task_filter *f, int64_t *out) MUST_CHECK;
struct error *task_count_steps(struct request *r, const struct task_filter *f, struct rows *out) MUST_CHECK;

/* Open to-dos whose deadline has passed (late) or is near, and that nobody was told of yet; they count as told from now on. Near:
 * the last fifth of the time that was given, at most a day. Locks their rows; those that are locked wait for the next time. */
struct due_task {
    const char *subject_kind, *subject_id, *title, *permission, *user_id, *node_name; /* the last two: NULL when none */
    int level;
    int64_t due;
    struct org_stamp org;
};
struct error *tasks_near(struct db *db, struct arena *a, bool late, int64_t now, size_t most, struct due_task *out,
                         size_t *n) MUST_CHECK;

#endif

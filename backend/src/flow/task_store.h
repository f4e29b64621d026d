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

#endif

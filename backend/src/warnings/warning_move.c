#include "warnings/warning_move.h"

#include "audit/audit.h"
#include "packs/seed.h"
#include "queue/job.h"
#include "warnings/warning_notice.h"

static struct error *audit(const struct moving *x, const struct warning *w, const struct warning_move *m)
{
    struct str before = warning_audit_text(x->arena, w, m->from), after = warning_audit_text(x->arena, w, m->to);
    if (x->request) {
        request_audit(x->request, "warning", w->id, &w->org, before, after);
        return NULL;
    }
    const struct audit_actor nobody = {0};
    return audit_write(x->services, x->arena, &nobody,
                       &(struct audit_entry){.action = arena_printf(x->arena, "warning.%s", warning_action_name(m->action)),
                                             .subject_kind = "warning",
                                             .subject_id = w->id,
                                             .org = w->org,
                                             .before = before,
                                             .after = after});
}

static struct error *open_next(const struct moving *x, const struct warning *w, const char *step)
{
    return task_open(x->services->db, x->arena,
                     &(struct task){.subject_kind = "warning",
                                    .subject_id = w->id,
                                    .root_id = w->id,
                                    .step = step,
                                    .title = w->title,
                                    .permission = flow_step_permission(step),
                                    .level = w->level,
                                    .org = &w->org,
                                    .is_demo = w->is_demo},
                     x->now);
}

struct error *warning_move_on(const struct moving *x, struct warning *w, const struct warning_move *m)
{
    static const struct actor nobody = {0};
    struct db *db = x->services->db;
    struct arena *a = x->arena;
    const struct actor *by = x->by ? x->by : &nobody;
    const char *action = warning_action_name(m->action);
    bool moved, done;
    TRY(warning_set(db, a, w, m->action, m, x->opinion, by->id, x->now, &moved));
    if (!moved)
        return error_new(a, ERR_CONFLICT, "somebody else was faster");
    if (m->completes)
        TRY(task_complete(db, a, w->id, m->completes, action, x->opinion, by, x->now, &done));
    TRY(task_cancel(db, a, w->id, NULL, x->now));
    if (m->opens)
        TRY(open_next(x, w, m->opens));
    TRY(timeline_add(db, a,
                     &(struct moment){.warning_id = w->id,
                                      .action = arena_printf(a, "warning.%s", action),
                                      .by = by,
                                      .opinion = x->opinion,
                                      .amount = x->amount,
                                      .is_demo = w->is_demo},
                     x->now));
    if (m->action == WARNING_APPROVE || m->action == WARNING_REJECT)
        TRY(notice_drafter(db, a, w, m->action == WARNING_APPROVE ? "warning.approved" : "warning.rejected", by, x->opinion,
                           x->now));
    TRY(audit(x, w, m));
    return outbox_put(db, a, "warning", w->id, NULL);
}

/* ---- the approval ---- */
struct error *warning_begin_approval(const struct moving *x, const struct warning *w, int64_t units)
{
    json_t *variables = json_pack("{s:i,s:s,s:s,s:I}", "level", w->level, "kind_code", w->kind, "source_kind", w->source, "units",
                                  (json_int_t)units);
    struct error *e =
        flow_begin(x->services, x->arena, x->request, &warning_approval,
                   &(struct flow_subject){.id = w->id, .title = w->title, .level = w->level, .org = &w->org, .is_demo = w->is_demo},
                   variables, x->by, x->now);
    json_decref(variables);
    return e;
}

/* Approved and rejected are the path's results; ended by an administrator it goes back to the drafter, recalled it is a draft. */
static struct error *approval_ended(struct services *s, struct arena *a, struct request *r, const struct flow_end *end)
{
    struct warning w;
    bool found;
    enum warning_action action = end->status == FLOW_WITHDRAWN                         ? WARNING_RECALL
                                 : end->result && strcmp(end->result, "approved") == 0 ? WARNING_APPROVE
                                                                                       : WARNING_REJECT;
    TRY(warning_lock(s->db, a, end->subject_id, &w, &found));
    const struct warning_move *m = found ? warning_move(w.state, action) : NULL;
    if (!m)
        return error_new(a, ERR_CONFLICT, "the warning is not in review");
    return warning_move_on(
        &(struct moving){.services = s, .arena = a, .request = r, .by = end->by, .opinion = end->opinion, .now = end->now}, &w, m);
}

static struct error *approval_may_complete(struct request *r, const char *subject_id, const char *outcome)
{
    struct warning w;
    bool found;
    TRY(warning_lock(r->db, r->arena, subject_id, &w, &found));
    if (!found)
        return not_found(r);
    if (strcmp(outcome, "approve") == 0 && !warning_may_approve(str_of(r->who->id), str_of(w.created_by), str_of(w.submitted_by)))
        return error_new(r->arena, ERR_FOUR_EYES, "somebody else has to approve it");
    return NULL;
}

static struct error *approval_seen(struct request *r, const char *subject_id, bool to_manage, bool *out)
{
    struct warning w;
    (void)to_manage; /* who may see it here is inside the scope of whoever issued it */
    return warning_own(r, str_of(subject_id), &w, out);
}

static const struct flow_variable variables[] = {{"level", "预警级别（1 红 … 4 蓝）", "Level (1 red … 4 blue)", 'n'},
                                                 {"kind_code", "预警类型", "Kind of warning", 's'},
                                                 {"source_kind", "来源", "Source", 's'},
                                                 {"units", "涉及单位数", "Number of units", 'n'},
                                                 {0}};
static const char *const results[] = {"approved", "rejected", NULL}, *const outcomes[] = {"approve", "reject", NULL},
                         *const permissions[] = {"warning.approve", "warning.publish", "warning.draft", NULL};
const struct flow_kind warning_approval = {
    .rules = {"warning_approval", "预警审批", "Approval of warnings", variables, results, outcomes, permissions},
    .subject_kind = "warning",
    .step = "approve",
    .manage = "warning.publish",
    .ended = approval_ended,
    .may_complete = approval_may_complete,
    .seen = approval_seen};
FLOW_KIND(warning_approval);

/* Warnings that came into review before there were flows start along the one in force now. */
static struct error *begin_waiting(struct services *s, struct arena *a)
{
    const char *ids[1000];
    size_t n = 0;
    struct rows x;
    TRY(warnings_without_approval(s->db, a, &x));
    while (n < sizeof ids / sizeof *ids && rows_next(&x))
        ids[n++] = row_dup(&x, a, 0);
    TRY(rows_end(&x));
    for (size_t i = 0; i < n; i++) {
        struct warning w;
        bool found;
        TRY(warning_lock(s->db, a, ids[i], &w, &found));
        struct actor by = {.id = w.submitted_by};
        TRY(task_cancel(s->db, a, w.id, NULL, w.submitted_at));
        TRY(warning_begin_approval(&(struct moving){.services = s, .arena = a, .by = &by, .now = w.submitted_at}, &w,
                                   w.targets_total));
    }
    return NULL;
}
SEEDER(warning_approvals, 60, begin_waiting);

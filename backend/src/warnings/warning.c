#include "warnings/warning.h"

static const char *const state_names[WARNING_STATES] = {
    [WARNING_DRAFT] = "draft",       [WARNING_REVIEW] = "review",         [WARNING_APPROVED] = "approved",
    [WARNING_REJECTED] = "rejected", [WARNING_PUBLISHING] = "publishing", [WARNING_PUBLISHED] = "published",
    [WARNING_CLOSED] = "closed",     [WARNING_WITHDRAWN] = "withdrawn",
};

static const struct {
    const char *name, *permission;
} actions[WARNING_ACTIONS] = {
    [WARNING_UPDATE] = {"update", "warning.draft"},          [WARNING_DELETE] = {"delete", "warning.draft"},
    [WARNING_SUBMIT] = {"submit", "warning.draft"},          [WARNING_APPROVE] = {"approve", "warning.approve"},
    [WARNING_REJECT] = {"reject", "warning.approve"},        [WARNING_PUBLISH] = {"publish", "warning.publish"},
    [WARNING_WITHDRAW] = {"withdraw", "warning.publish"},    [WARNING_RECALL] = {"recall", NULL},
    [WARNING_PUBLICATION_DONE] = {"publication_done", NULL}, [WARNING_ALL_CLOSED] = {"close", NULL},
};

/* The life of a warning. A deleted draft has no state: DELETE keeps the one that it had. */
static const struct warning_move moves[] = {
    {WARNING_DRAFT, WARNING_UPDATE, WARNING_DRAFT, NULL, NULL},
    {WARNING_DRAFT, WARNING_DELETE, WARNING_DRAFT, NULL, NULL},
    {WARNING_DRAFT, WARNING_SUBMIT, WARNING_REVIEW, NULL, NULL},
    {WARNING_REJECTED, WARNING_UPDATE, WARNING_REJECTED, NULL, NULL},
    {WARNING_REJECTED, WARNING_DELETE, WARNING_REJECTED, "revise", NULL},
    {WARNING_REJECTED, WARNING_SUBMIT, WARNING_REVIEW, "revise", NULL},
    {WARNING_REVIEW, WARNING_APPROVE, WARNING_APPROVED, NULL, "publish"},
    {WARNING_REVIEW, WARNING_REJECT, WARNING_REJECTED, NULL, "revise"},
    {WARNING_REVIEW, WARNING_RECALL, WARNING_DRAFT, NULL, NULL},
    {WARNING_REVIEW, WARNING_WITHDRAW, WARNING_WITHDRAWN, NULL, NULL},
    {WARNING_APPROVED, WARNING_PUBLISH, WARNING_PUBLISHING, "publish", NULL},
    {WARNING_APPROVED, WARNING_WITHDRAW, WARNING_WITHDRAWN, "publish", NULL},
    {WARNING_PUBLISHING, WARNING_PUBLICATION_DONE, WARNING_PUBLISHED, NULL, NULL},
    {WARNING_PUBLISHING, WARNING_WITHDRAW, WARNING_WITHDRAWN, NULL, NULL},
    {WARNING_PUBLISHED, WARNING_WITHDRAW, WARNING_WITHDRAWN, NULL, NULL},
    {WARNING_PUBLISHED, WARNING_ALL_CLOSED, WARNING_CLOSED, NULL, NULL},
};

static const char *const open_step[WARNING_STATES] = {[WARNING_APPROVED] = "publish", [WARNING_REJECTED] = "revise"};

static const struct flow_step steps[] = {
    {"approve", "warning.approve"},    {"publish", "warning.publish"}, {"revise", "warning.draft"},   {"sign", "dispatch.handle"},
    {"feedback", "dispatch.feedback"}, {"review", "dispatch.review"},  {"extend", "dispatch.review"},
};

const char *warning_state_name(enum warning_state s)
{
    return state_names[s];
}

bool warning_state_of(struct str name, enum warning_state *out)
{
    for (int s = 0; s < WARNING_STATES; s++)
        if (str_is(name, state_names[s])) {
            *out = (enum warning_state)s;
            return true;
        }
    return false;
}

const char *warning_action_name(enum warning_action a)
{
    return actions[a].name;
}

const char *warning_action_permission(enum warning_action a)
{
    return actions[a].permission;
}

const struct warning_move *warning_move(enum warning_state from, enum warning_action action)
{
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
        if (moves[i].from == from && moves[i].action == action)
            return &moves[i];
    return NULL;
}

const char *warning_open_step(enum warning_state s)
{
    return open_step[s];
}

const char *flow_step_permission(const char *step)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (strcmp(steps[i].step, step) == 0)
            return steps[i].permission;
    return NULL;
}

bool warning_may_approve(struct str caller, struct str created_by, struct str submitted_by)
{
    if (caller.n == 0)
        return false;
    return !str_eq(caller, created_by) && !str_eq(caller, submitted_by);
}

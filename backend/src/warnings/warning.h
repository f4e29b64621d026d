/* Warnings: the rules of their life, and what other features may use.
 *
 * A warning is drafted, submitted, approved along the flow of kind warning_approval (warning_move.c), published to units, and
 * closes when each of its dispatches is closed. Its other steps are rows of `tasks`; the tables here say which task each move
 * completes and which it opens. */
#ifndef WARNINGS_WARNING_H
#define WARNINGS_WARNING_H

#include <stdbool.h>
#include <stddef.h>

#include "kernel/str.h"

enum warning_state {
    WARNING_DRAFT,
    WARNING_REVIEW,
    WARNING_APPROVED,
    WARNING_REJECTED,
    WARNING_PUBLISHING,
    WARNING_PUBLISHED,
    WARNING_CLOSED,
    WARNING_WITHDRAWN,
    WARNING_STATES
};

enum warning_action {
    WARNING_UPDATE,
    WARNING_DELETE,
    WARNING_SUBMIT,
    WARNING_APPROVE,
    WARNING_REJECT,
    WARNING_PUBLISH,
    WARNING_WITHDRAW,
    WARNING_ACTIONS_BY_PEOPLE,
    WARNING_RECALL = WARNING_ACTIONS_BY_PEOPLE, /* the approval was withdrawn before anybody decided */
    WARNING_PUBLICATION_DONE,                   /* the job has written the last dispatch */
    WARNING_ALL_CLOSED,                         /* the last dispatch was closed */
    WARNING_ACTIONS
};

struct warning_move {
    enum warning_state from;
    enum warning_action action;
    enum warning_state to;
    const char *completes; /* the step whose open task this action completes; NULL: none */
    const char *opens;     /* the step that follows; NULL: none */
};

/* What a step needs of whoever completes it. */
struct flow_step {
    const char *step;
    const char *permission;
};

const char *warning_state_name(enum warning_state s);
bool warning_state_of(struct str name, enum warning_state *out);
const char *warning_action_name(enum warning_action a);
const char *warning_action_permission(enum warning_action a); /* NULL: the platform's own */
/* NULL: not allowed in that state. */
const struct warning_move *warning_move(enum warning_state from, enum warning_action action);
/* The step whose task is open while a warning is in the state; NULL when none is. */
const char *warning_open_step(enum warning_state s);
/* The permission of a step of warnings or dispatches; NULL when there is no such step. */
const char *flow_step_permission(const char *step);
/* Four eyes: whoever drafted or submitted a warning does not approve it. Empty ids never match. */
bool warning_may_approve(struct str caller, struct str created_by, struct str submitted_by);

#endif

/* Dispatches: the rules of one unit's part in a warning, and its clock. Pure. */
#ifndef WARNINGS_DISPATCH_H
#define WARNINGS_DISPATCH_H

#include <stdint.h>

#include "flow/deadline.h"
#include "kernel/str.h"

enum dispatch_state {
    DISPATCH_PENDING_SIGN,
    DISPATCH_HANDLING,
    DISPATCH_REVIEWING,
    DISPATCH_RETURNED,
    DISPATCH_ACCEPTED,
    DISPATCH_TERMINATED,
    DISPATCH_WITHDRAWN,
    DISPATCH_STATES
};

enum dispatch_action {
    DISPATCH_SIGN,
    DISPATCH_FEEDBACK,
    DISPATCH_ACCEPT,
    DISPATCH_RETURN,
    DISPATCH_TERMINATE,
    DISPATCH_EXTEND_ASK,
    DISPATCH_EXTEND_GRANT,
    DISPATCH_EXTEND_REFUSE,
    DISPATCH_WITHDRAW,
    DISPATCH_ACTIONS
};

/* In which part somebody acts; a caller may hold several. */
enum dispatch_party { PARTY_NONE = 0, PARTY_RECEIVER = 1, PARTY_REVIEWER = 2, PARTY_PLATFORM = 4 };

struct dispatch_move {
    enum dispatch_state from;
    enum dispatch_action action;
    enum dispatch_party who;
    enum dispatch_state to;
    const char *completes; /* the step whose open task the action completes, if it is open */
    const char *opens;
    bool keeps; /* other open tasks of the dispatch stay open; else they are cancelled */
};

const char *dispatch_state_name(enum dispatch_state s);
bool dispatch_state_of(struct str name, enum dispatch_state *out);
bool dispatch_open(enum dispatch_state s);
const char *dispatch_action_name(enum dispatch_action a); /* as in tasks.outcome and the timeline */
/* NULL: not allowed. inform: the receiver only takes note, so the receipt closes it. */
const struct dispatch_move *dispatch_move(enum dispatch_state from, enum dispatch_action action, bool inform);
/* The step that must be open in a state (besides an open request to extend); NULL when closed. */
const char *dispatch_open_step(enum dispatch_state s);

/* The clock of one dispatch. Times are microseconds UTC; due = 0: none runs. */
struct dispatch_clock {
    int64_t due_sign, due_feedback, due_fix;
    int64_t due;       /* of the present step */
    int64_t paused_at; /* 0: it runs */
    int64_t paused_us; /* what pauses took so far, counted time */
};
struct clock_rule {
    int64_t receipt_us, feedback_us, fix_us;
    struct work_time time;
};
struct dispatch_clock dispatch_clock_start(const struct calendar *c, const struct clock_rule *rule, int64_t now);
/* The clock after a move into `to` at `now`. wished: a deadline set by the reviewer, 0: none. */
void dispatch_clock_move(struct dispatch_clock *k, const struct calendar *c, const struct work_time *w, enum dispatch_action action,
                         enum dispatch_state from, enum dispatch_state to, int64_t now, int64_t wished);

#endif

/* The running of a flow: a state and an act give the next state and what is to be done outside. Pure: no SQL, no clock; the
 * caller gives the moment and the working calendar, and does the effects in the transaction that keeps the state.
 *
 * A running instance has live tasks, one for each token. A live task has seats: one for whoever may act (by permission in an
 * organisation, or a person), several where it is signed jointly (会签) or a signer was added (加签). A task is decided when its
 * seats are, by its rule; then its token goes on along the flows whose conditions hold, through gateways, to the next tasks or
 * the end. Each timer that is attached to a live task is live with it, and no other. An act that is refused changes nothing. */
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include "flow/bpmn.h"
#include "flow/deadline.h"

enum { FLOW_LIVE_MAX = 40, FLOW_SEATS_MAX = 60, FLOW_TIMERS_MAX = 80, FLOW_EFFECTS_MAX = 400 };

struct flow_seat {
    unsigned no;    /* of the instance: names the seat outside */
    char user[37];  /* "": whoever has the permission */
    char owner[37]; /* who delegated it and gets it back; "" */
    bool done;
    unsigned outcome; /* of the node's, when done */
};
struct flow_task_live {
    unsigned node;
    struct flow_seat seats[FLOW_SEATS_MAX];
    unsigned seat_count;
    int64_t due;    /* 0: none */
    int64_t wished; /* an extension that is asked for (延期); 0: none */
};
struct flow_timer {
    unsigned task; /* index of the live task */
    unsigned node; /* the boundary event */
    int64_t fires; /* while paused: what was left */
};
enum flow_status { FLOW_RUNNING, FLOW_PAUSED, FLOW_ENDED, FLOW_WITHDRAWN, FLOW_TERMINATED, FLOW_STATUSES };
extern const char *const flow_status_name[FLOW_STATUSES];

struct flow_state {
    enum flow_status status;
    unsigned result; /* the end that was reached; FLOW_NONE */
    unsigned next_no, completed;
    const char *outcome; /* of the task decided last; NULL */
    char initiator[37];
    int64_t paused_at;
    json_t *variables; /* borrowed */
    struct flow_task_live live[FLOW_LIVE_MAX];
    unsigned live_count;
    struct flow_timer timers[FLOW_TIMERS_MAX];
    unsigned timer_count;
    bool visited[FLOW_NODES_MAX];
    bool arrived[FLOW_EDGES_MAX]; /* tokens that wait at a join */
};

enum flow_act_kind {
    ACT_COMPLETE,
    ACT_RETURN,
    ACT_ADD_SIGNER,
    ACT_REMOVE_SIGNER,
    ACT_TRANSFER,
    ACT_DELEGATE,
    ACT_URGE,
    ACT_EXTEND_ASK,
    ACT_EXTEND_GRANT,
    ACT_EXTEND_REFUSE,
    ACT_CC,
    ACT_WITHDRAW,
    ACT_TERMINATE,
    ACT_TIMER,
    ACT_PAUSE,
    ACT_RESUME,
    FLOW_ACTS
};
extern const char *const flow_act_name[FLOW_ACTS];
struct flow_act {
    enum flow_act_kind kind;
    unsigned seat;       /* by its no; of a task's acts */
    const char *by;      /* user id; "" for the platform */
    const char *user;    /* add, remove, transfer, delegate */
    const char *outcome; /* complete */
    unsigned node;       /* return: the target; timer: the boundary event */
    int64_t due;         /* extend */
};

enum flow_effect_kind {
    EFFECT_OPEN,
    EFFECT_CLOSE,
    EFFECT_CANCEL,
    EFFECT_ASSIGN,
    EFFECT_DUE,
    EFFECT_TIMER,
    EFFECT_NO_TIMER,
    EFFECT_REMIND,
    EFFECT_END
};
struct flow_effect {
    enum flow_effect_kind kind;
    unsigned seat, node;
    char user[37];       /* open, assign; "" by permission. A copy: the state that it came from moves on */
    const char *outcome; /* close */
    int64_t at;          /* due, timer */
};
struct flow_effects {
    struct flow_effect list[FLOW_EFFECTS_MAX];
    unsigned count;
};

/* What a moment is reckoned by. */
struct flow_clock {
    int64_t now;
    const struct calendar *calendar;
    const struct work_time *work;
};

/* The state is filled in; variables and initiator ("" unknown) are borrowed. */
const char *flow_start(const struct flow_model *m, const struct flow_clock *c, json_t *variables, const char *initiator,
                       struct flow_state *out, struct flow_effects *effects) MUST_CHECK;
/* NULL, or why it is refused: "ended", "paused", "no_task", "unknown_outcome", "signed_already", "not_visited", "return_across", "in_task",
 * "not_in_task", "last_signer", "delegated", "no_request", "not_later", "completed", "not_initiator", "no_timer", "too_many". */
const char *flow_do(const struct flow_model *m, const struct flow_clock *c, const struct flow_act *act, struct flow_state *state,
                    struct flow_effects *effects) MUST_CHECK;

/* The live task and seat of a number; false when it is not open. */
bool flow_seat_find(const struct flow_state *s, unsigned no, unsigned *task, unsigned *seat);
/* Whether a task may go back to a node (退回): visited, and not out of or into another branch. */
bool flow_may_return(const struct flow_model *m, const struct flow_state *s, unsigned task, unsigned node);

/* The state as JSON, nodes and flows by id, and back; a new reference, and false when it is none of this model. */
json_t *flow_state_json(const struct flow_model *m, const struct flow_state *s);
bool flow_state_read(struct arena *a, const struct flow_model *m, const json_t *json, struct flow_state *out);

#endif

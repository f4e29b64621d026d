#include "warnings/dispatch.h"

static const char *const state_names[DISPATCH_STATES] = {
    [DISPATCH_PENDING_SIGN] = "pending_sign", [DISPATCH_HANDLING] = "handling", [DISPATCH_REVIEWING] = "reviewing",
    [DISPATCH_RETURNED] = "returned",         [DISPATCH_ACCEPTED] = "accepted", [DISPATCH_TERMINATED] = "terminated",
    [DISPATCH_WITHDRAWN] = "withdrawn",
};

static const char *const action_names[DISPATCH_ACTIONS] = {
    [DISPATCH_SIGN] = "sign",
    [DISPATCH_FEEDBACK] = "feedback",
    [DISPATCH_ACCEPT] = "accept",
    [DISPATCH_RETURN] = "return",
    [DISPATCH_TERMINATE] = "terminate",
    [DISPATCH_EXTEND_ASK] = "extend_ask",
    [DISPATCH_EXTEND_GRANT] = "extend_grant",
    [DISPATCH_EXTEND_REFUSE] = "extend_refuse",
    [DISPATCH_WITHDRAW] = "withdraw",
};

static const char *const open_steps[DISPATCH_STATES] = {
    [DISPATCH_PENDING_SIGN] = "sign",
    [DISPATCH_HANDLING] = "feedback",
    [DISPATCH_REVIEWING] = "review",
    [DISPATCH_RETURNED] = "feedback",
};

static const struct dispatch_move moves[] = {
    {DISPATCH_PENDING_SIGN, DISPATCH_SIGN, PARTY_RECEIVER, DISPATCH_HANDLING, "sign", "feedback", false},
    {DISPATCH_HANDLING, DISPATCH_FEEDBACK, PARTY_RECEIVER, DISPATCH_REVIEWING, "feedback", "review", false},
    {DISPATCH_RETURNED, DISPATCH_FEEDBACK, PARTY_RECEIVER, DISPATCH_REVIEWING, "feedback", "review", false},
    {DISPATCH_REVIEWING, DISPATCH_ACCEPT, PARTY_REVIEWER, DISPATCH_ACCEPTED, "review", NULL, false},
    {DISPATCH_REVIEWING, DISPATCH_RETURN, PARTY_REVIEWER, DISPATCH_RETURNED, "review", "feedback", false},

    {DISPATCH_PENDING_SIGN, DISPATCH_TERMINATE, PARTY_REVIEWER, DISPATCH_TERMINATED, NULL, NULL, false},
    {DISPATCH_HANDLING, DISPATCH_TERMINATE, PARTY_REVIEWER, DISPATCH_TERMINATED, "extend", NULL, false},
    {DISPATCH_REVIEWING, DISPATCH_TERMINATE, PARTY_REVIEWER, DISPATCH_TERMINATED, "review", NULL, false},
    {DISPATCH_RETURNED, DISPATCH_TERMINATE, PARTY_REVIEWER, DISPATCH_TERMINATED, "extend", NULL, false},

    {DISPATCH_HANDLING, DISPATCH_EXTEND_ASK, PARTY_RECEIVER, DISPATCH_HANDLING, NULL, "extend", true},
    {DISPATCH_RETURNED, DISPATCH_EXTEND_ASK, PARTY_RECEIVER, DISPATCH_RETURNED, NULL, "extend", true},
    {DISPATCH_PENDING_SIGN, DISPATCH_EXTEND_GRANT, PARTY_REVIEWER, DISPATCH_PENDING_SIGN, "extend", NULL, true},
    {DISPATCH_HANDLING, DISPATCH_EXTEND_GRANT, PARTY_REVIEWER, DISPATCH_HANDLING, "extend", NULL, true},
    {DISPATCH_RETURNED, DISPATCH_EXTEND_GRANT, PARTY_REVIEWER, DISPATCH_RETURNED, "extend", NULL, true},
    {DISPATCH_HANDLING, DISPATCH_EXTEND_REFUSE, PARTY_REVIEWER, DISPATCH_HANDLING, "extend", NULL, true},
    {DISPATCH_RETURNED, DISPATCH_EXTEND_REFUSE, PARTY_REVIEWER, DISPATCH_RETURNED, "extend", NULL, true},

    {DISPATCH_PENDING_SIGN, DISPATCH_WITHDRAW, PARTY_PLATFORM, DISPATCH_WITHDRAWN, NULL, NULL, false},
    {DISPATCH_HANDLING, DISPATCH_WITHDRAW, PARTY_PLATFORM, DISPATCH_WITHDRAWN, NULL, NULL, false},
    {DISPATCH_REVIEWING, DISPATCH_WITHDRAW, PARTY_PLATFORM, DISPATCH_WITHDRAWN, NULL, NULL, false},
    {DISPATCH_RETURNED, DISPATCH_WITHDRAW, PARTY_PLATFORM, DISPATCH_WITHDRAWN, NULL, NULL, false},
};

static const struct dispatch_move take_note = {
    DISPATCH_PENDING_SIGN, DISPATCH_SIGN, PARTY_RECEIVER, DISPATCH_ACCEPTED, "sign", NULL, false};

const char *dispatch_state_name(enum dispatch_state s)
{
    return state_names[s];
}

bool dispatch_state_of(struct str name, enum dispatch_state *out)
{
    for (int s = 0; s < DISPATCH_STATES; s++)
        if (str_is(name, state_names[s])) {
            *out = (enum dispatch_state)s;
            return true;
        }
    return false;
}

bool dispatch_open(enum dispatch_state s)
{
    return open_steps[s] != NULL;
}

const char *dispatch_action_name(enum dispatch_action a)
{
    return action_names[a];
}

const struct dispatch_move *dispatch_move(enum dispatch_state from, enum dispatch_action action, bool inform)
{
    if (inform && from == take_note.from && action == take_note.action)
        return &take_note;
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++)
        if (moves[i].from == from && moves[i].action == action)
            return &moves[i];
    return NULL;
}

const char *dispatch_open_step(enum dispatch_state s)
{
    return open_steps[s];
}

struct dispatch_clock dispatch_clock_start(const struct calendar *c, const struct clock_rule *rule, int64_t now)
{
    struct dispatch_clock k = {
        .due_sign = deadline_add(c, &rule->time, now, rule->receipt_us),
        .due_feedback = deadline_add(c, &rule->time, now, rule->feedback_us),
        .due_fix = deadline_add(c, &rule->time, now, rule->fix_us),
    };
    k.due = k.due_sign;
    return k;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* A later deadline for the present step pushes the ones behind it. */
static void extend(struct dispatch_clock *k, enum dispatch_state state, int64_t wished)
{
    if (state == DISPATCH_PENDING_SIGN)
        k->due_sign = wished;
    if (state == DISPATCH_PENDING_SIGN || state == DISPATCH_HANDLING)
        k->due_feedback = later(k->due_feedback, wished);
    k->due_fix = later(k->due_fix, wished);
    k->due = wished;
}

/* The sender had the word: the unit gets back the time that this took. */
static void resume(struct dispatch_clock *k, const struct calendar *c, const struct work_time *w, int64_t now, int64_t wished)
{
    int64_t pause = k->paused_at ? deadline_between(c, w, k->paused_at, now) : 0;
    k->paused_us += pause;
    k->paused_at = 0;
    k->due_fix = wished ? wished : deadline_add(c, w, k->due_fix, pause);
    k->due = k->due_fix;
}

void dispatch_clock_move(struct dispatch_clock *k, const struct calendar *c, const struct work_time *w, enum dispatch_action action,
                         enum dispatch_state from, enum dispatch_state to, int64_t now, int64_t wished)
{
    if (!dispatch_open(to)) {
        k->due = 0;
        k->paused_at = 0;
    } else if (action == DISPATCH_SIGN) {
        k->due = k->due_feedback;
    } else if (action == DISPATCH_FEEDBACK) {
        k->due = 0;
        k->paused_at = now;
    } else if (action == DISPATCH_RETURN) {
        resume(k, c, w, now, wished);
    } else if (action == DISPATCH_EXTEND_GRANT) {
        extend(k, from, wished);
    }
}

/* Timers of running flows, each in a transaction of its own: whatever stops one must not stop the others. */
#include "flow/instance_store.h"
#include "kernel/clock.h"
#include "kernel/log.h"
#include "queue/job.h"

enum { EVERY_MS = 1000, AT_ONCE = 200 };
#define LATER_US (INT64_C(60) * 1000000)

struct due {
    char instance[37];
    unsigned seat;
    const char *node;
};

static struct error *fire(struct services *s, struct arena *a, const struct due *t, int64_t now)
{
    struct flow_instance x;
    bool found;
    const struct act_note note = {0};
    TRY(instance_load(s->db, a, t->instance, true, &x, &found));
    unsigned node = found ? flow_node_of(&x.model, str_of(t->node)) : FLOW_NONE;
    if (node == FLOW_NONE)
        return timer_drop(s->db, a, t->instance, t->seat, t->node);
    struct error *e = instance_do(s, a, NULL, &x, (struct flow_act){.kind = ACT_TIMER, .seat = t->seat, .node = node}, &note, now);
    if (e && e->code == ERR_FLOW_REFUSED) /* it went on in between */
        return timer_drop(s->db, a, t->instance, t->seat, t->node);
    return e;
}

static struct error *flow_timers(struct services *s, struct arena *a)
{
    struct due *due = arena_array(a, AT_ONCE, sizeof *due);
    size_t n = 0;
    int64_t now = clock_now_us();
    struct rows x;
    TRY(timers_due(s->db, a, now, AT_ONCE, &x));
    while (n < AT_ONCE && rows_next(&x)) {
        due[n] = (struct due){.seat = (unsigned)row_int(&x, 1), .node = row_dup(&x, a, 2)};
        str_copy(due[n++].instance, sizeof due[0].instance, row_text(&x, 0));
    }
    TRY(rows_end(&x));
    for (size_t i = 0; i < n; i++) {
        struct arena_mark mark = arena_mark(a);
        TRY(db_begin(s->db, a));
        struct error *e = db_finish(s->db, a, fire(s, a, &due[i], now));
        if (e) { /* behind the others */
            log_warn("flow", "timer %s of instance %s: %s", due[i].node, due[i].instance,
                     e->detail ? e->detail : error_name(e->code));
            TRY(timer_put(s->db, a, due[i].instance, due[i].seat, due[i].node, now + LATER_US));
        }
        arena_reset_to(a, mark);
    }
    return NULL;
}
DUTY(flow_timers, EVERY_MS, flow_timers);

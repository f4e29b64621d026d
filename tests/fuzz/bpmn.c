/* An XML document as a flow; what is taken is run: every task completed or gone back from, until it ends or has had enough. */
#include <stdlib.h>

#include "flow/flow.h"

enum { MEMORY = 512 << 20, STEPS = 60 };

static const struct flow_variable variables[] = {
    {"level", "级别", "Level", 'n'}, {"kind_code", "种类", "Kind", 's'}, {NULL, NULL, NULL, 0}};
static const char *const results[] = {"approved", "rejected", NULL}, *const outcomes[] = {"approve", "reject", NULL},
                         *const permissions[] = {"warning.approve", NULL};
static const struct flow_rules rules = {"test", "测试", "Test", variables, results, outcomes, permissions};

static void run(const struct flow_model *m, json_t *values, uint8_t luck)
{
    static struct flow_state s;
    static struct flow_effects fx;
    static const struct calendar calendar = {NULL, 0, 8 * 3600};
    static const struct work_time office = {true, 540, 1050};
    struct flow_clock clock = {INT64_C(1790000000) * 1000000, &calendar, &office};
    if (flow_start(m, &clock, values, "", &s, &fx))
        return;
    for (int i = 0; i < STEPS && s.live_count; i++) {
        unsigned k = (unsigned)(luck + i) % s.live[0].seat_count;
        struct flow_act act = {.kind = (luck + i) % 5 ? ACT_COMPLETE : ACT_RETURN,
                               .seat = s.live[0].seats[k].no,
                               .by = "",
                               .outcome = (luck >> (i % 8)) & 1 ? "approve" : "reject",
                               .node = (unsigned)(luck + i) % m->node_count};
        if (flow_do(m, &clock, &act, &s, &fx))
            continue;
        if ((s.live_count > 0) != (s.status == FLOW_RUNNING))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *a = arena_new(MEMORY);
    struct flow_model m;
    struct error *e = bpmn_read(a, &rules, (struct str){(const char *)data, size}, &m);
    if (e && (!e->field || !e->rule))
        abort();
    if (!e) {
        json_t *values = json_pack("{s:i,s:s}", "level", 1 + data[size / 2] % 4, "kind_code", "event");
        run(&m, values, data[size - 1]);
        json_decref(values);
    }
    arena_free(a);
    return 0;
}

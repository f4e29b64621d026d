/* The state of an instance as JSON: what its row keeps. Nodes and flows stand by their ids. */
#include "flow/flow.h"

static json_t *seats_json(const struct flow_node *x, const struct flow_task_live *t)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < t->seat_count; i++) {
        const struct flow_seat *s = &t->seats[i];
        json_array_append_new(list, json_pack("{s:i,s:s,s:s,s:s*}", "no", (int)s->no, "user", s->user, "owner", s->owner, "outcome",
                                              s->done ? x->outcomes[s->outcome] : NULL));
    }
    return list;
}

json_t *flow_state_json(const struct flow_model *m, const struct flow_state *s)
{
    json_t *live = json_array(), *timers = json_array(), *visited = json_array(), *arrived = json_array();
    for (unsigned i = 0; i < s->live_count; i++) {
        const struct flow_task_live *t = &s->live[i];
        json_array_append_new(live, json_pack("{s:s,s:I,s:I,s:o}", "node", m->nodes[t->node].id, "due", (json_int_t)t->due,
                                              "wished", (json_int_t)t->wished, "seats", seats_json(&m->nodes[t->node], t)));
    }
    for (unsigned i = 0; i < s->timer_count; i++)
        json_array_append_new(timers, json_pack("{s:i,s:s,s:I}", "task", (int)s->timers[i].task, "node",
                                                m->nodes[s->timers[i].node].id, "fires", (json_int_t)s->timers[i].fires));
    for (unsigned i = 0; i < m->node_count; i++)
        if (s->visited[i])
            json_array_append_new(visited, json_string(m->nodes[i].id));
    for (unsigned i = 0; i < m->edge_count; i++)
        if (s->arrived[i])
            json_array_append_new(arrived, json_string(m->edges[i].id));
    return json_pack("{s:s,s:s*,s:i,s:i,s:s*,s:s,s:I,s:O,s:o,s:o,s:o,s:o}", "status", flow_status_name[s->status], "result",
                     s->result == FLOW_NONE ? NULL : m->nodes[s->result].id, "next", (int)s->next_no, "completed",
                     (int)s->completed, "outcome", s->outcome, "initiator", s->initiator, "paused_at", (json_int_t)s->paused_at,
                     "variables", s->variables, "live", live, "timers", timers, "visited", visited, "arrived", arrived);
}

static struct str text(const json_t *o, const char *name)
{
    return str_of(json_string_value(json_object_get(o, name)));
}

static json_int_t number(const json_t *o, const char *name)
{
    return json_integer_value(json_object_get(o, name));
}

static bool read_seats(const struct flow_node *x, const json_t *list, struct flow_task_live *t)
{
    size_t i;
    json_t *o;
    json_array_foreach(list, i, o) {
        if (t->seat_count == FLOW_SEATS_MAX)
            return false;
        struct flow_seat *s = &t->seats[t->seat_count++];
        struct str outcome = text(o, "outcome");
        *s = (struct flow_seat){.no = (unsigned)number(o, "no"), .done = outcome.n > 0};
        str_copy(s->user, sizeof s->user, text(o, "user"));
        str_copy(s->owner, sizeof s->owner, text(o, "owner"));
        while (s->done && s->outcome < x->outcome_count && !str_is(outcome, x->outcomes[s->outcome]))
            s->outcome++;
        if (s->done && s->outcome == x->outcome_count)
            return false;
    }
    return t->seat_count > 0;
}

static bool read_live(const struct flow_model *m, const json_t *json, struct flow_state *out)
{
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(json, "live"), i, o) {
        unsigned node = flow_node_of(m, text(o, "node"));
        if (node == FLOW_NONE || m->nodes[node].type != FLOW_TASK || out->live_count == FLOW_LIVE_MAX)
            return false;
        struct flow_task_live *t = &out->live[out->live_count++];
        *t = (struct flow_task_live){.node = node, .due = number(o, "due"), .wished = number(o, "wished")};
        if (!read_seats(&m->nodes[node], json_object_get(o, "seats"), t))
            return false;
    }
    json_array_foreach(json_object_get(json, "timers"), i, o) {
        unsigned node = flow_node_of(m, text(o, "node"));
        if (node == FLOW_NONE || m->nodes[node].type != FLOW_TIMER || out->timer_count == FLOW_TIMERS_MAX ||
            (size_t)number(o, "task") >= out->live_count)
            return false;
        out->timers[out->timer_count++] = (struct flow_timer){(unsigned)number(o, "task"), node, number(o, "fires")};
    }
    return true;
}

static bool read_places(const struct flow_model *m, const json_t *json, struct flow_state *out)
{
    size_t i;
    json_t *o;
    json_array_foreach(json_object_get(json, "visited"), i, o) {
        unsigned node = flow_node_of(m, str_of(json_string_value(o)));
        if (node == FLOW_NONE)
            return false;
        out->visited[node] = true;
    }
    json_array_foreach(json_object_get(json, "arrived"), i, o) {
        unsigned e = 0;
        while (e < m->edge_count && strcmp(m->edges[e].id, json_string_value(o)) != 0)
            e++;
        if (e == m->edge_count)
            return false;
        out->arrived[e] = true;
    }
    return true;
}

bool flow_state_read(struct arena *a, const struct flow_model *m, const json_t *json, struct flow_state *out)
{
    struct str status = text(json, "status"), result = text(json, "result"), outcome = text(json, "outcome");
    memset(out, 0, sizeof *out);
    while (out->status < FLOW_STATUSES && !str_is(status, flow_status_name[out->status]))
        out->status++;
    if (out->status == FLOW_STATUSES)
        return false;
    out->result = result.n ? flow_node_of(m, result) : FLOW_NONE;
    out->next_no = (unsigned)number(json, "next");
    out->completed = (unsigned)number(json, "completed");
    out->outcome = outcome.n ? arena_strdup(a, outcome.p) : NULL;
    out->paused_at = number(json, "paused_at");
    out->variables = json_object_get(json, "variables");
    str_copy(out->initiator, sizeof out->initiator, text(json, "initiator"));
    return read_live(m, json, out) && read_places(m, json, out);
}

/* The process as a whole: every reference leads somewhere, every node is reached and goes on, every fork is joined. */
#include "flow/bpmn_internal.h"

struct look {
    struct bpmn *b;
    struct flow_model *m;
    bool seen[FLOW_NODES_MAX];
    enum { UNTOUCHED, ENTERED, LEFT } walk[FLOW_NODES_MAX];
    bool joined[FLOW_EDGES_MAX];                  /* branches that have come to their join */
    const struct flow_node *fork[FLOW_NODES_MAX]; /* of a join */
};

static unsigned find(const struct bpmn *b, const char *id)
{
    for (unsigned i = 0; id && i < b->node_count; i++)
        if (strcmp(b->nodes[i].id, id) == 0)
            return i;
    return FLOW_NONE;
}

static int known(const void *context, struct str name)
{
    const struct flow_rules *rules = context;
    if (str_is(name, "outcome"))
        return 's';
    for (const struct flow_variable *v = rules->variables; v->name; v++)
        if (str_is(name, v->name))
            return v->type;
    return 0;
}

static void unique_ids(struct bpmn *b)
{
    for (unsigned i = 0; i < b->node_count; i++)
        if (find(b, b->nodes[i].id) != i)
            bpmn_fault(b, b->nodes[i].id, "duplicate_id", "the id stands twice");
    for (unsigned i = 0; i < b->edge_count; i++) {
        bool twice = find(b, b->edges[i].id) != FLOW_NONE;
        for (unsigned k = 0; k < i; k++)
            twice = twice || strcmp(b->edges[k].id, b->edges[i].id) == 0;
        if (twice)
            bpmn_fault(b, b->edges[i].id, "duplicate_id", "the id stands twice");
    }
}

static void read_condition(struct bpmn *b, const struct bpmn_edge *raw, struct flow_edge *e)
{
    const char *why, *at;
    enum flow_type from = b->nodes[e->from].type;
    if (!raw->when || !raw->when[0])
        return;
    if (from != FLOW_CHOICE && from != FLOW_TASK)
        bpmn_fault(b, e->id, "bad_condition", "conditions follow tasks and exclusive gateways");
    e->when = condition_read(b->a, str_of(raw->when), known, b->rules, &why, &at);
    if (!e->when)
        bpmn_fault(b, e->id, why, at);
}

static void connect(struct look *l)
{
    struct bpmn *b = l->b;
    struct flow_model *m = l->m;
    for (unsigned i = 0; i < b->edge_count; i++) {
        struct flow_edge *e = &m->edges[m->edge_count];
        *e = (struct flow_edge){.id = b->edges[i].id, .from = find(b, b->edges[i].from), .to = find(b, b->edges[i].to)};
        if (e->from == FLOW_NONE || e->to == FLOW_NONE) {
            bpmn_fault(b, e->id, "dangling", "a flow begins and ends at nodes");
            continue;
        }
        struct flow_node *from = &m->nodes[e->from];
        if (!from->out)
            from->out = arena_array(b->a, b->edge_count, sizeof *from->out);
        from->out[from->out_count++] = m->edge_count;
        m->nodes[e->to].in_count++;
        read_condition(b, &b->edges[i], e);
        if (b->fallback[e->from] && strcmp(b->fallback[e->from], e->id) == 0)
            from->fallback = m->edge_count;
        m->edge_count++;
    }
    for (unsigned i = 0; i < m->node_count; i++) {
        struct flow_node *x = &m->nodes[i];
        if (b->fallback[i] && x->fallback == FLOW_NONE)
            bpmn_fault(b, x->id, "dangling", "the default is no flow of it");
        if (x->type != FLOW_TIMER)
            continue;
        x->host = find(b, b->host[i]);
        if (x->host == FLOW_NONE || m->nodes[x->host].type != FLOW_TASK)
            bpmn_fault(b, x->id, "dangling", "a timer is attached to a user task");
    }
}

/* Some flow always holds: the default, or one without a condition. */
static bool goes_on(const struct look *l, const struct flow_node *x)
{
    bool sure = x->fallback != FLOW_NONE;
    for (unsigned i = 0; i < x->out_count; i++)
        sure = sure || !l->m->edges[x->out[i]].when;
    return sure;
}

static void check_node(struct look *l, unsigned i, unsigned *starts, unsigned *ends)
{
    const struct flow_node *x = &l->m->nodes[i];
    struct bpmn *b = l->b;
    *starts += x->type == FLOW_START;
    *ends += x->type == FLOW_END;
    bool reminder = x->type == FLOW_TIMER && !x->interrupts;
    if ((x->type == FLOW_START || x->type == FLOW_TIMER) && x->in_count)
        bpmn_fault(b, x->id, "dangling", "no flow leads to it");
    if ((x->type == FLOW_END || reminder) && x->out_count)
        bpmn_fault(b, x->id, "dangling", "no flow leaves it");
    if (x->type != FLOW_END && !reminder && !x->out_count)
        bpmn_fault(b, x->id, "dead_end", "nothing follows");
    else if ((x->type == FLOW_CHOICE || x->type == FLOW_TASK) && !goes_on(l, x))
        bpmn_fault(b, x->id, "no_way", "give a default flow for when no condition holds");
    if ((x->type == FLOW_START || x->type == FLOW_TIMER) && x->out_count > 1)
        bpmn_fault(b, x->id, "unbalanced", "one flow leaves it");
}

/* Only gateways in a circle would never stop. */
static bool circles(struct look *l, unsigned at)
{
    const struct flow_node *x = &l->m->nodes[at];
    if ((x->type != FLOW_CHOICE && x->type != FLOW_PARALLEL) || l->walk[at] == LEFT)
        return false;
    if (l->walk[at] == ENTERED)
        return true;
    l->walk[at] = ENTERED;
    for (unsigned i = 0; i < x->out_count; i++)
        if (circles(l, l->m->edges[x->out[i]].to))
            return true;
    l->walk[at] = LEFT;
    return false;
}

static void visit(struct look *l, unsigned at, unsigned branch);

static void leave(struct look *l, unsigned at, unsigned branch)
{
    const struct flow_node *x = &l->m->nodes[at];
    bool fork = x->type == FLOW_PARALLEL && x->out_count > 1;
    for (unsigned i = 0; i < x->out_count; i++) {
        if (fork && l->m->nodes[l->m->edges[x->out[i]].to].type == FLOW_END)
            bpmn_fault(l->b, x->id, "unbalanced", "a branch ends before it is joined");
        visit(l, l->m->edges[x->out[i]].to, fork ? x->out[i] : branch);
    }
}

/* branch: the edge of the innermost open fork by which at is reached. */
static void visit(struct look *l, unsigned at, unsigned branch)
{
    struct flow_node *x = &l->m->nodes[at];
    unsigned own = branch;
    if (x->type == FLOW_PARALLEL && x->in_count > 1) {
        const struct flow_node *fork = branch == FLOW_NONE ? NULL : &l->m->nodes[l->m->edges[branch].from];
        if (!fork || fork->out_count != x->in_count || l->joined[branch] || (l->seen[at] && l->fork[at] != fork)) {
            bpmn_fault(l->b, x->id, "unbalanced", "a join takes all branches of one fork, each once");
            l->seen[at] = true;
            return;
        }
        l->joined[branch] = true;
        l->fork[at] = fork;
        own = fork->branch;
    }
    if (l->seen[at]) {
        if (x->branch != own)
            bpmn_fault(l->b, x->id, "unbalanced", "a flow leads from one branch into another");
        return;
    }
    l->seen[at] = true;
    x->branch = own;
    if (x->type == FLOW_END && own != FLOW_NONE)
        bpmn_fault(l->b, x->id, "unbalanced", "a branch ends before it is joined");
    leave(l, at, own);
    for (unsigned i = 0; x->type == FLOW_TASK && i < l->m->node_count; i++)
        if (l->m->nodes[i].type == FLOW_TIMER && l->m->nodes[i].host == at)
            visit(l, i, own);
}

void bpmn_check(struct bpmn *b, struct flow_model *out)
{
    struct look l = {.b = b, .m = out};
    unsigned starts = 0, ends = 0;
    *out = (struct flow_model){.id = b->id, .name = b->name ? b->name : "", .nodes = b->nodes, .node_count = b->node_count};
    out->edges = arena_zalloc(b->a, (b->edge_count + 1) * sizeof *out->edges);
    unique_ids(b);
    connect(&l);
    if (b->first)
        return;
    for (unsigned i = 0; i < out->node_count; i++) {
        check_node(&l, i, &starts, &ends);
        if (out->nodes[i].type == FLOW_START)
            out->start = i;
    }
    if (starts != 1)
        bpmn_fault(b, b->id, starts ? "many_starts" : "no_start", "a process has one start event");
    if (!ends)
        bpmn_fault(b, b->id, "no_end", "a process has an end event");
    if (b->first)
        return;
    for (unsigned i = 0; i < out->node_count; i++)
        if (circles(&l, i)) {
            bpmn_fault(b, out->nodes[i].id, "loop_without_task", "gateways lead to themselves without a task");
            return;
        }
    visit(&l, out->start, FLOW_NONE);
    for (unsigned i = 0; i < out->node_count; i++)
        if (!l.seen[i])
            bpmn_fault(b, out->nodes[i].id, "unreachable", "nothing leads there");
}

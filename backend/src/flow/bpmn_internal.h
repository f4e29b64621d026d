/* A process as its XML says it, before references are followed: made by bpmn.c, looked at by bpmn_check.c. */
#ifndef FLOW_BPMN_INTERNAL_H
#define FLOW_BPMN_INTERNAL_H

#include "flow/bpmn.h"

enum { BPMN_FAULTS_MAX = 20 };

struct bpmn_edge {
    const char *id, *from, *to, *when;
};
struct bpmn {
    struct arena *a;
    const struct flow_rules *rules;
    const char *id, *name;
    struct flow_node *nodes;
    unsigned node_count;
    const char *host[FLOW_NODES_MAX], *fallback[FLOW_NODES_MAX];
    struct bpmn_edge edges[FLOW_EDGES_MAX];
    unsigned edge_count;
    struct error *first, **tail;
    unsigned faults;
};

void bpmn_fault(struct bpmn *b, const char *at, const char *rule, const char *detail);
/* References, reachability, conditions, branches; fills out when all is well. */
void bpmn_check(struct bpmn *b, struct flow_model *out);

#endif

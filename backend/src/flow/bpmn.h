/* Flows: an approval path drawn in a subset of BPMN 2.0 (OMG formal/2011-01-03), read into a model.
 *
 * Taken: one process with one startEvent; endEvent (tc:result); userTask (tc:permission, tc:org, tc:person, tc:outcomes, tc:due,
 * tc:working) with multiInstanceLoopCharacteristics (tc:sign all, any or ratio, tc:ratio, tc:signers); exclusiveGateway;
 * parallelGateway; boundaryEvent with one timerEventDefinition/timeDuration at a user task: with cancelActivity it takes the
 * token along its one outgoing flow, without it reminds and has no outgoing flow; sequenceFlow with a conditionExpression
 * (condition.h) after exclusive gateways and user tasks. The prefix tc is urn:tongchou:flow:1. The diagram is kept, not read.
 * Anything else is refused by its name, never dropped.
 *
 * tc:org     subject (the record's organisation), superior (the one above it) or org:UUID
 * tc:person  initiator or user:UUID; absent: whoever has the permission in the organisation
 * tc:due, timeDuration   PnDTnHnMnS, no years or months, at most 366 days
 *
 * What a kind of business allows is said by its struct flow_kind. Pure: no SQL, no clock, no network, no entities. */
#ifndef FLOW_BPMN_H
#define FLOW_BPMN_H

#include <stdint.h>

#include "flow/condition.h"
#include "kernel/error.h"

enum {
    BPMN_BYTES_MAX = 256 * 1024,
    FLOW_ID_MAX = 64,
    FLOW_NODES_MAX = 200,
    FLOW_EDGES_MAX = 400,
    FLOW_SIGNERS_MAX = 50,
    FLOW_OUTCOMES_MAX = 8,
    FLOW_NONE = 0xffff
};
#define FLOW_NAMESPACE "urn:tongchou:flow:1"

/* The approval path of what; lists end in NULL. */
struct flow_variable {
    const char *name, *label_zh, *label_en;
    char type; /* 's' text, 'n' number */
};
struct flow_rules {
    const char *kind, *label_zh, *label_en;
    const struct flow_variable *variables; /* ends with name NULL */
    const char *const *results, *const *outcomes, *const *permissions;
};

enum flow_type { FLOW_START, FLOW_END, FLOW_TASK, FLOW_CHOICE, FLOW_PARALLEL, FLOW_TIMER };
enum flow_sign { SIGN_ONE, SIGN_ALL, SIGN_ANY, SIGN_RATIO };
struct flow_edge {
    const char *id;
    unsigned from, to;
    const struct condition *when; /* NULL: always */
};
struct flow_node {
    const char *id, *name;
    enum flow_type type;
    unsigned *out, out_count, in_count; /* edges */
    unsigned fallback;                  /* the default flow; FLOW_NONE */
    /* Which branch of which fork it is in: the edge that leaves the fork; FLOW_NONE outside. */
    unsigned branch;
    const char *result; /* of an end */
    /* of a task */
    const char *permission, *org, *person; /* person NULL: by permission */
    const char *outcomes[FLOW_OUTCOMES_MAX];
    unsigned outcome_count;
    int64_t due_us; /* 0: none */
    bool due_working;
    enum flow_sign sign;
    unsigned ratio;
    const char *signers[FLOW_SIGNERS_MAX];
    unsigned signer_count;
    /* of a timer */
    unsigned host;
    bool interrupts, working;
    int64_t after_us;
};
struct flow_model {
    const char *id, *name;
    struct flow_node *nodes;
    unsigned node_count;
    struct flow_edge *edges;
    unsigned edge_count;
    unsigned start;
};

/* ERR_INVALID, at most 20 linked by next: field is the id of the element (or the name of one without id), rule one of malformed,
 * too_large, unsupported, duplicate_id, dangling, no_start, many_starts, no_end, unreachable, dead_end, no_way, bad_condition,
 * unknown_variable, unknown_result, unknown_permission, unknown_outcome, bad_duration, bad_value, unbalanced, loop_without_task. */
struct error *bpmn_read(struct arena *a, const struct flow_rules *rules, struct str xml, struct flow_model *out) MUST_CHECK;
/* What people call a node: its name, else its id. */
const char *flow_node_name(const struct flow_node *n);
/* The node of an id; FLOW_NONE. */
unsigned flow_node_of(const struct flow_model *m, struct str id);

#endif

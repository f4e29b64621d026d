/* How a dispatch is said in the words of a unit's ticket system, and what that system says back. The mapping is JSON of the
 * contract's shape WorkOrderMapping; names may have points ("ticket.fields.priority", "items.0.id"). Pure. */
#ifndef WORKORDERS_MAPPING_H
#define WORKORDERS_MAPPING_H

#include <jansson.h>

#include "notify/template.h"
#include "warnings/dispatch.h"

enum { MAPPING_BODY_MAX = 64 * 1024, MAPPING_DEPTH = 6 };

/* What a field's text may name. */
extern const struct str mapping_facts[];
extern const size_t mapping_fact_count;

/* The first wrong place ("fields/2/value"), NULL when there is none: unknown facts, and names of which one lies inside another. */
const char *mapping_wrong(struct arena *a, json_t *mapping);
/* Their word for a state of ours; ours when the mapping has none. */
struct str mapping_state(json_t *mapping, struct str ours);
/* The body of a message; p == NULL when it would be longer than MAPPING_BODY_MAX. */
struct str mapping_body(struct arena *a, json_t *mapping, const struct facts *facts);

/* What a word of theirs asks for. result: of a feedback ("handled", ...); false when it asks for nothing. */
bool mapping_action(json_t *mapping, struct str theirs, enum dispatch_action *action, struct str *result);
/* The text or number at a path of theirs; p == NULL when there is none. name: "answer_ticket", "in_ticket", "in_state", "in_text". */
struct str mapping_at(struct arena *a, json_t *mapping, const char *name, json_t *document);

#endif

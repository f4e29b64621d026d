/* Moves of a dispatch by the receiving unit, for features that bring them another way than by the dispatch's own routes (a ticket
 * system). The same rules, in the caller's transaction: r->who is whoever acts and must be of the receiving unit; the reply is left
 * to the caller. ERR_CONFLICT when the state does not allow it. */
#ifndef WARNINGS_DISPATCH_ACT_H
#define WARNINGS_DISPATCH_ACT_H

#include "http/request.h"

struct error *dispatch_act_sign(struct request *r, const char *dispatch_id) MUST_CHECK;
/* result: "handled", "not_involved", "unable". */
struct error *dispatch_act_feedback(struct request *r, const char *dispatch_id, struct str result, struct str text) MUST_CHECK;

#endif

/* The link between dispatches and a unit's own ticket system (工单系统), both ways.
 *
 * Out: each dispatch to a unit with a link is a work order; whenever its state is not the one that the other side has acknowledged, a
 * signed POST says the present one (what lies between is passed over), until it is acknowledged or given up. In: the ticket system
 * posts its changes, signed with the same key; what the mapping says they mean is done on the dispatch by the machine client that the
 * link names, with that client's rights.
 *
 * Signature: "MAC=HEX" over "TIMESTAMP.ID.BODY" (HMAC-SM3 or HMAC-SHA256), in X-Tongchou-Signature beside X-Tongchou-Timestamp
 * (seconds since 1970) and X-Tongchou-Id (in: 8 to 64 letters, digits, - and _; one id counts once). */
#ifndef WORKORDERS_WORKORDERS_H
#define WORKORDERS_WORKORDERS_H

#define WORK_ORDER_SECRET "work_order_links.secret"
enum { WORK_ORDER_SKEW_S = 300 };

#endif

/* The overview's figures from the dispatches of a window. Pure: no SQL, no clock. Times: microseconds UTC, 0 = not yet. */
#ifndef SITUATION_SITUATION_H
#define SITUATION_SITUATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The life of one dispatch. key: the caller's grouping (index of a unit). */
struct life {
    int64_t dispatched, signed_at, fed_back, closed, due_sign, due_feedback;
    bool on_time; /* of the first feedback */
    bool withdrawn;
    size_t key;
};

/* Feedback of a group of dispatches. */
struct timeliness {
    int64_t total;                  /* withdrawn ones too: it is what the list shows */
    int64_t due, on_time;           /* due: feedback was given, or its deadline has passed */
    int64_t responses, response_us; /* to the first feedback */
    int64_t receipts, receipt_us;   /* to the receipt */
};
void timeliness_add(struct timeliness *t, const struct life *d, int64_t now);
void timeliness_merge(struct timeliness *t, const struct timeliness *more);
/* Percent with one decimal; -1 when nothing was due. Minutes; -1 when there was none. */
double timeliness_rate(const struct timeliness *t);
double timeliness_response(const struct timeliness *t);
double timeliness_receipt(const struct timeliness *t);

/* How it stood at a moment. After the first feedback the deadline depends on the review, so only what waits for receipt or
 * first feedback counts as due or late. */
struct standing {
    int64_t waiting, due_24h, overdue;
};
void standing_add(struct standing *s, const struct life *d, int64_t at);

#endif

/* Many lines become few events: repetition, aggregation and changes of status within one run of lines. Pure.
 *
 * Lines that name the same event (by its key or its alias) share a slot, in the order in which they came: the count is the
 * largest that a sender named, the time of the last the latest, the status that of the latest; a change of status
 * (EVENT_UPDATE) wins over what came before it. Everything is idempotent: the same lines again change nothing.
 * Ownership: slots live in the arena given and point at the events given. */
#ifndef INGEST_MERGE_H
#define INGEST_MERGE_H

#include "ingest/format.h"

struct merge_slot {
    const struct event *event; /* the first that was seen; NULL: only changes of status came */
    size_t line;               /* its number in the caller's list */
    int64_t last_at, count;
    struct str status; /* of the latest line */
    struct str pushed; /* of a later change of status; empty: none */
    bool merged_away;  /* turned out to be another slot's event */
};
struct merge_key {
    struct event_key key;
    uint32_t slot;
};
struct merge {
    struct merge_slot *slots;
    struct merge_key *keys; /* each key once */
    size_t slot_count, key_count;
    uint32_t *table; /* open addressing over keys: 0 is empty, else index + 1 */
    size_t mask;
};

/* Room for so many lines. */
void merge_begin(struct arena *a, size_t lines, struct merge *out);
/* Takes an EVENT_NEW or EVENT_UPDATE; it must live as long as the merge. */
void merge_line(struct merge *m, const struct event *e, size_t line);

#endif

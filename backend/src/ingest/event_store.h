/* Inside ingest/ only: the SQL that stores events. */
#ifndef INGEST_EVENT_STORE_H
#define INGEST_EVENT_STORE_H

#include "http/services.h"
#include "ingest/ingest_store.h"
#include "ingest/merge.h"
#include "org/org.h"
#include "ownership/ownership.h"

/* One event on its way into the table. */
struct event_row {
    const struct event *event;
    const struct stored_batch *batch;
    uint32_t line_no;
    char id[37], day[11];
    enum verdict verdict;
    enum own_method method;
    int confidence;
    const char *asset_id;          /* NULL: none */
    const struct org_stamp *owner; /* NULL: nobody's */
};

/* A line of a batch, on its way to become an event or part of one. */
struct event_line {
    const struct stored_batch *batch;
    uint32_t no;
    struct str text;
};
/* Inside a transaction: parses, merges, finds the owners and stores. Lines that were accepted once and now are not (another
 * map of a format) are told in the log. Lines, batches and texts live as long as the arena. */
struct error *events_take(struct services *s, struct arena *a, const struct event_line *lines, size_t n) MUST_CHECK;

/* A UUID v7 of the event's own time and of random bits, and the day (UTC) of its partition. */
void event_identify(struct event_row *row, uint64_t random);
/* The day that the id of an event lies in; false when it is no such id. */
bool event_day(struct str id, char out[11]);

/* Whose each is, at its own time: fills verdict to owner of the rows that have an event. What they point at lives until the
 * next call. */
struct error *events_own(struct services *s, struct arena *a, struct event_row *rows, size_t n) MUST_CHECK;
/* Inside a transaction: stores the merged slots; rows[i] belongs to slots[i] and is used where it has an event. */
struct error *events_store(struct services *s, struct arena *a, const struct merge *m, struct event_row *rows) MUST_CHECK;

#endif

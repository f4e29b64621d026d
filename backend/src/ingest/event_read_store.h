/* Inside ingest/ only: reading events inside a scope. */
#ifndef INGEST_EVENT_READ_STORE_H
#define INGEST_EVENT_READ_STORE_H

#include "http/request.h"
#include "kernel/ip.h"

struct event_filter {
    struct scope scope;            /* the caller's, or that of an organisation inside it */
    struct str q, source, after;   /* after: the id of the last event of the page before */
    int64_t from, to;              /* microseconds; 0: open */
    int severity, verdict, format; /* -1: any */
    bool has_address;
    struct ip address;
};
/* Columns of a page and of one event. */
enum event_column {
    EC_ID,
    EC_OCCURRED,
    EC_RECEIVED,
    EC_LAST,
    EC_NAME,
    EC_FORMAT,
    EC_CATEGORY,
    EC_SEVERITY,
    EC_SRC,
    EC_SPORT,
    EC_DST,
    EC_DPORT,
    EC_VICTIM,
    EC_PROTOCOL,
    EC_URL,
    EC_DOMAIN,
    EC_RULE,
    EC_STATUS,
    EC_COUNT,
    EC_VERDICT,
    EC_METHOD,
    EC_CONFIDENCE,
    EC_ORG,
    EC_ORG_NAME,
    EC_ASSET,
    EC_ASSET_NAME,
    EC_SOURCE,
    EC_SOURCE_NAME,
    EC_WARNING,
    EC_BATCH,
    EC_LINE,
    EC_SPACE,
    EC_SOURCE_ORG
};
struct error *event_page(struct request *r, const struct event_filter *f, const struct page *p, struct rows *out) MUST_CHECK;
struct error *event_count(struct request *r, const struct event_filter *f, int64_t *out) MUST_CHECK;
/* The source's organisation is read as well: see EC_SOURCE_ORG. */
struct error *event_one(struct request *r, struct str id, struct rows *out, bool *found) MUST_CHECK;

#endif

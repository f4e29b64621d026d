/* Inside situation/ only: the queries behind the overview, each inside the caller's scope and capped. */
#ifndef SITUATION_SITUATION_STORE_H
#define SITUATION_SITUATION_STORE_H

#include "http/request.h"
#include "situation/situation.h"

enum { LIVES_MAX = 20000, UNITS_MAX = 20000, TOTALS_CAP = 100000 };

struct unit {
    char org_id[37], prefecture[7], sector[17];
    const char *name;
    int64_t open, overdue;
    bool red;
    struct timeliness range;
};

struct overview {
    int64_t now, from, before; /* the range begins at from; the one to compare with at before */
    int64_t settled;           /* now, or a little before: what is looked back at moves only with it, and an ETag lives as long */
    const char *range;
    struct unit *units;
    size_t unit_count;
    size_t *by_hash; /* open addressing over units, 2 * UNITS_MAX + 1 slots, 0 is empty, else index + 1 */
    struct life *lives;
    size_t life_count;
    bool lives_more;
    int64_t waiting, due_24h, overdue, open_dispatches;
};

struct error *overview_open(struct request *r, struct overview *o) MUST_CHECK;
struct error *overview_lives(struct request *r, struct overview *o) MUST_CHECK;

/* Rows for the writer. */
struct error *overview_levels(struct request *r, int64_t counts[5]) MUST_CHECK;                         /* open warnings by level */
struct error *overview_spans(struct request *r, const struct overview *o, struct rows *out) MUST_CHECK; /* published, closed */
struct error *overview_trend(struct request *r, const struct overview *o, bool months, struct rows *out) MUST_CHECK;
struct error *overview_urgent(struct request *r, const struct overview *o, struct rows *out) MUST_CHECK;
struct error *overview_prefectures(struct request *r, struct rows *out) MUST_CHECK;
struct error *overview_sectors(struct request *r, struct rows *out) MUST_CHECK;
struct error *overview_latest(struct request *r, int which, struct rows *out) MUST_CHECK; /* 0 warnings, 1 feedback, 2 events */
struct error *overview_total(struct request *r, int which,
                             int64_t *out) MUST_CHECK; /* 0 assets, 1 orgs, 2 events; counted to TOTALS_CAP + 1 */
struct error *overview_scope_label(struct request *r, const char **out) MUST_CHECK;

#endif

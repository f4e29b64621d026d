/* Inside warnings/ only. */
#ifndef WARNINGS_DISPATCH_STORE_H
#define WARNINGS_DISPATCH_STORE_H

#include "warnings/dispatch.h"
#include "warnings/warning_store.h"

struct dispatch {
    char id[37], warning_id[37], issuer_org[37];
    enum dispatch_state state;
    int level, round, extensions;
    int64_t version, dispatched_at, signed_at, first_feedback_at;
    int64_t extension_due; /* 0: no open request */
    struct dispatch_clock clock;
    struct org_stamp org; /* the receiver */
    const char *title;
    bool inform, is_demo, reviewable; /* reviewable: its warning was issued inside the caller's scope */
};

struct dispatch_filter {
    enum { DISPATCHES_SEEN, DISPATCHES_OPEN, DISPATCHES_TODO, DISPATCHES_DONE, DISPATCHES_OF_WARNING } which;
    struct str q, state, org, region, sector, warning;
    int64_t level, from, to, due_before, now; /* due_before: 0 any */
    bool has_open, open, has_overdue, overdue;
    const char *permissions; /* comma-separated */
    bool with_feedback;
};

struct error *dispatch_read(struct request *r, struct str id, struct dispatch *out, bool *found) MUST_CHECK;
/* State, round and clock as in `d`; only while it still is in `from` and has the version that was read. */
struct error *dispatch_save(struct db *db, struct arena *a, const struct dispatch *d, enum dispatch_state from, const char *by,
                            int64_t now, bool *moved) MUST_CHECK;
struct error *dispatch_ask_extension(struct db *db, struct arena *a, const struct dispatch *d, int64_t due, struct str reason,
                                     int64_t now, bool *moved) MUST_CHECK;
struct error *feedback_add(struct request *r, const struct dispatch *d, const char *id, struct str result, struct str body,
                           bool on_time, int64_t now) MUST_CHECK;
struct error *feedback_review(struct request *r, const struct dispatch *d, const char *outcome, struct str opinion,
                              int64_t now) MUST_CHECK;
/* Withdraws up to `most` open dispatches of a warning; done: how many. */
struct error *dispatch_withdraw_some(struct db *db, struct arena *a, const char *warning_id, int most, int64_t now,
                                     uint64_t *done) MUST_CHECK;
/* The clock of a level in the platform's realm. */
struct error *clock_rule_of(struct db *db, struct arena *a, int level, struct clock_rule *out) MUST_CHECK;

struct error *dispatch_put_page(struct request *r, const struct dispatch_filter *f, const struct page *p) MUST_CHECK;
struct error *dispatch_count(struct request *r, const struct dispatch_filter *f, int64_t *out) MUST_CHECK;
struct error *dispatch_put_one(struct request *r, struct str id, bool *found) MUST_CHECK;

/* ---- publication ---- */
/* Writes up to `most` dispatches with their first tasks for targets that have none yet; last: where to go on. */
struct error *dispatch_write_some(struct db *db, struct arena *a, const struct warning *w, const char *after, int most, int64_t now,
                                  size_t *written, char last[37]) MUST_CHECK;

#endif

/* Inside warnings/ only: what the store gives to handlers and jobs. Text lives in the arena of the request or job. */
#ifndef WARNINGS_WARNING_STORE_H
#define WARNINGS_WARNING_STORE_H

#include "flow/task.h"
#include "http/request.h"
#include "warnings/warning.h"

struct warning {
    char id[37];
    enum warning_state state;
    int level;
    int64_t version;
    const char *title, *number, *targets, *kind, *source;
    const char *created_by, *submitted_by; /* NULL when nobody */
    const char *event_id, *owner_org, *owner_asset;
    const char *region; /* of the issuer */
    struct org_stamp org;
    int64_t targets_total, targets_done, submitted_at;
    bool is_demo, has_content;
};

struct warning_filter {
    struct str q, state, kind, source;
    int64_t level, from, to, published_from, published_to, now;
    bool has_open, open, has_overdue, overdue;
};

struct warning_text {
    struct str title, kind, source, content, cautions, measures, targets, event_id, event, owner;
    int64_t level, valid_from, valid_to;
};

/* Only what was issued inside the scope: for changes. */
struct error *warning_own(struct request *r, struct str id, struct warning *out, bool *found) MUST_CHECK;
/* Locks the row, whatever the scope: for the platform's own moves. */
struct error *warning_lock(struct db *db, struct arena *a, const char *id, struct warning *out, bool *found) MUST_CHECK;
/* id of warnings in review that no approval runs for. */
struct error *warnings_without_approval(struct db *db, struct arena *a, struct rows *out) MUST_CHECK;
struct error *warning_insert(struct request *r, const char *id, const struct warning_text *t, int64_t now) MUST_CHECK;
/* moved: false when state or version are others now. */
struct error *warning_change(struct request *r, const struct warning *w, const struct warning_text *t, int64_t now,
                             bool *moved) MUST_CHECK;
struct error *warning_remove(struct request *r, const struct warning *w, bool *moved) MUST_CHECK;
/* The state change and the columns that belong to the action. */
struct error *warning_set(struct db *db, struct arena *a, const struct warning *w, enum warning_action action,
                          const struct warning_move *m, struct str opinion, const char *by, int64_t now, bool *moved) MUST_CHECK;

/* Resolves the targets inside the caller's scope into warning_targets; count: how many units. */
struct error *targets_resolve(struct request *r, const struct warning *w, int64_t *count) MUST_CHECK;
/* The first organisation of the list that is not active inside the caller's scope; "" when all are. */
struct error *targets_unknown(struct request *r, struct str targets, const char **out) MUST_CHECK;
struct error *warning_number(struct db *db, struct arena *a, const struct warning *w, int64_t now, const char **out) MUST_CHECK;
struct error *warning_publishing(struct db *db, struct arena *a, const struct warning *w, const char *number, const char *job,
                                 int64_t targets) MUST_CHECK;
/* Counts dispatches again and closes the warning when all of them are closed; closed tells. */
struct error *warning_recount(struct db *db, struct arena *a, const char *id, int64_t now, bool *closed) MUST_CHECK;

/* ---- reads for answers ---- */
struct error *warning_put_page(struct request *r, const struct warning_filter *f, const struct page *p) MUST_CHECK;
struct error *warning_count(struct request *r, const struct warning_filter *f, int64_t *out) MUST_CHECK;
struct error *warning_put_clocks(struct request *r) MUST_CHECK;
/* Writes the whole warning; found false when it is not seen. */
struct error *warning_put_one(struct request *r, struct str id, bool *found) MUST_CHECK;
/* The text as it stands, for an update to be laid over it. */
struct error *warning_text_of(struct request *r, const struct warning *w, struct warning_text *out) MUST_CHECK;
struct error *warning_seen(struct request *r, struct str id, bool *seen) MUST_CHECK;

/* ---- timeline ---- */
struct moment {
    const char *warning_id, *dispatch_id, *action;
    const struct actor *by;
    struct str opinion;
    int64_t round, due, amount; /* 0: none */
    bool is_demo;
};
struct error *timeline_add(struct db *db, struct arena *a, const struct moment *m, int64_t now) MUST_CHECK;
struct error *timeline_put_warning(struct request *r, struct str id, const struct page *p, int64_t *total) MUST_CHECK;
struct error *timeline_put_dispatch(struct request *r, const char *key, struct str warning_id, struct str dispatch_id) MUST_CHECK;

/* What the row looks like for the audit trail. */
struct str warning_audit_text(struct arena *a, const struct warning *w, enum warning_state state);

#endif

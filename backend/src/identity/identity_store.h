/* SQL of sessions, sign-in and machine clients; inside identity/ only. */
#ifndef IDENTITY_IDENTITY_STORE_H
#define IDENTITY_IDENTITY_STORE_H

#include "http/principal.h"
#include "identity/policy.h"
#include "kernel/crypto.h"
#include "kernel/error.h"
#include "sql/sql.h"

/* One place to read a principal from; permissions is a comma-separated, sorted list in the arena. */
struct stored_principal {
    struct principal who;
    char *permissions;
    int64_t ends_at, last_seen_at;
    bool intact; /* grant.h: otherwise nothing of it counts */
};
struct error *session_load(struct db *db, struct arena *a, const struct keys *keys, const struct sign_in_policy *p,
                           const unsigned char hash[32], int64_t now, struct stored_principal *out, bool *found) MUST_CHECK;
struct error *session_touch(struct db *db, struct arena *a, const unsigned char hash[32], int64_t now) MUST_CHECK;
struct error *session_insert(struct db *db, struct arena *a, const unsigned char hash[32], const char *user_id, const char *csrf,
                             int64_t now, int64_t ends, struct str address, struct str agent) MUST_CHECK;
/* The sign-in before the one that opened this session: when (0: there was none) and from where. */
struct error *session_previous(struct db *db, struct arena *a, const unsigned char hash[32], int64_t *at,
                               struct str *from) MUST_CHECK;
struct error *session_remove(struct db *db, struct arena *a, const unsigned char hash[32]) MUST_CHECK;

struct login_row {
    char id[37];
    char *password, *display_name;
    struct org_stamp org;
    bool active, first_password; /* as printed at the installation */
    struct str otp;              /* sealed; empty when the account has no second factor */
    int64_t otp_last_step;
};
struct error *login_find(struct db *db, struct arena *a, struct str username, struct login_row *out, bool *found) MUST_CHECK;
/* Seconds until the subject ("user:..." or "addr:...") is free again, 0 when it is. */
struct error *login_locked(struct db *db, struct arena *a, const char *subject, int64_t now, int64_t *seconds) MUST_CHECK;
struct error *login_failed(struct db *db, struct arena *a, const char *subject, int64_t max, int64_t lock_minutes, int64_t now,
                           int64_t *failures) MUST_CHECK;
struct error *login_succeeded(struct db *db, struct arena *a, const char *user_id, const char *subject, int64_t now,
                              struct str address, const char *rehashed) MUST_CHECK;
struct error *password_store(struct db *db, struct arena *a, const char *user_id, const char *hash, bool must_change,
                             int64_t now) MUST_CHECK;
/* The newest `most` earlier hashes, newest first. */
struct error *password_earlier(struct db *db, struct arena *a, const char *user_id, int64_t most, struct rows *out) MUST_CHECK;

/* Sessions of an account that have not ended: a name for each, created_at, last_seen_at, ends_at, address, user_agent. */
struct error *session_rows(struct db *db, struct arena *a, const char *user_id, const struct sign_in_policy *p, int64_t now,
                           struct rows *out) MUST_CHECK;
/* One by its name, or with name empty all but `keep`. */
struct error *session_end(struct db *db, struct arena *a, const char *user_id, struct str name, const unsigned char keep[32],
                          uint64_t *ended) MUST_CHECK;
struct error *epoch_raise(struct db *db, struct arena *a, const char *user_id, int64_t now) MUST_CHECK;

/* sealed may be empty: no second factor any more. */
struct error *otp_store(struct db *db, struct arena *a, const char *user_id, struct str sealed, int64_t step,
                        int64_t now) MUST_CHECK;
/* first is false when the step, or a later one, was used already: by whoever was quicker. */
struct error *otp_use(struct db *db, struct arena *a, const char *user_id, int64_t step, bool *first) MUST_CHECK;

struct client_row {
    struct principal who;
    char *permissions;
    unsigned char secret_hash[32];
    int64_t epoch;
    bool active, intact;
};
struct error *client_load(struct db *db, struct arena *a, const struct keys *keys, const char *id, struct client_row *out,
                          bool *found) MUST_CHECK;
/* code, label_zh, label_en of the roles of a user */
struct error *user_roles_rows(struct db *db, struct arena *a, const char *user_id, struct rows *out) MUST_CHECK;
struct error *demo_present(struct db *db, struct arena *a, bool *out) MUST_CHECK;

#endif

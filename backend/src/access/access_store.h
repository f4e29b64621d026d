/* SQL of accounts, roles, machine clients; inside access/ only. */
#ifndef ACCESS_ACCESS_STORE_H
#define ACCESS_ACCESS_STORE_H

#include "http/request.h"

struct error *user_rows(struct request *r, const struct page *p, struct rows *out) MUST_CHECK;
struct error *user_total(struct request *r, int64_t *out) MUST_CHECK;
struct error *user_row(struct request *r, const char *id, struct rows *out, bool *found) MUST_CHECK;
struct error *user_insert(struct request *r, const char *id, struct str username, struct str display_name, struct str person_id,
                          const char *password, const struct org_stamp *org) MUST_CHECK;
/* The person is changed only when the body names one (null takes it away). */
struct error *user_change(struct request *r, const char *id, int64_t version, uint64_t *affected) MUST_CHECK;
struct error *user_scope_change(struct request *r, const char *id, int64_t version, struct str kind, struct str sector,
                                uint64_t *affected) MUST_CHECK;
struct error *user_roles_clear(struct request *r, const char *id) MUST_CHECK;
struct error *user_role_add(struct request *r, const char *id, struct str role_id) MUST_CHECK;
/* How many active accounts hold a role of this administrator kind, other than `but` ("" counts all). Locks them, so that
 * two requests at once cannot take away the last two. */
struct error *admins_left(struct request *r, struct str admin_kind, const char *but, int64_t *out) MUST_CHECK;
struct error *user_admin_kinds(struct request *r, const char *id, struct str *out) MUST_CHECK; /* "system,audit" */
struct error *password_set(struct request *r, const char *id, const char *hash, uint64_t *affected) MUST_CHECK;

struct role_record {
    char id[37];
    struct str code, label_zh, label_en;
    int64_t version;
};
struct error *role_rows(struct request *r, struct rows *out) MUST_CHECK;
struct error *role_row(struct request *r, const char *id, struct rows *out, bool *found) MUST_CHECK;
struct error *role_insert(struct request *r, const struct role_record *role) MUST_CHECK;
struct error *role_change(struct request *r, const struct role_record *role, uint64_t *affected) MUST_CHECK;
struct error *role_remove(struct request *r, const char *id, uint64_t *affected) MUST_CHECK;
struct error *role_permissions_set(struct request *r, const char *id, json_t *permissions) MUST_CHECK;
struct error *role_users_raise_epoch(struct request *r, const char *id) MUST_CHECK;
struct error *role_is_callers(struct request *r, const char *id, bool *out) MUST_CHECK;

struct error *client_rows(struct request *r, const struct page *p, struct rows *out) MUST_CHECK;
struct error *client_total(struct request *r, int64_t *out) MUST_CHECK;
struct error *client_insert(struct request *r, const char *id, struct str name, const unsigned char secret_hash[32],
                            const char *permissions, const struct org_stamp *org) MUST_CHECK;
/* Tokens of the old secret end with it. */
struct error *client_secret_change(struct request *r, const char *id, const unsigned char secret_hash[32],
                                   uint64_t *affected) MUST_CHECK;
struct error *client_disable(struct request *r, const char *id, uint64_t *affected) MUST_CHECK;

#endif

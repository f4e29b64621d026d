/* Integrity of grants: what a role, an account, a machine client may do carries an HMAC-SM3 (key: index.key, purpose
 * "grant"), which is checked whenever a principal is read from the database. Whoever writes into the tables past the
 * platform gives nobody anything: the altered account, and every account of an altered role, is refused.
 *
 *   role    its administrator kind and its permissions
 *   user    its organisation, scope, sector, and the set of its roles
 *   client  its organisation and its permissions
 *
 * Whatever changes one of these seals it in the same transaction; the organisation of an account that was merged is
 * followed by grant_follow. */
#ifndef IDENTITY_GRANT_H
#define IDENTITY_GRANT_H

#include "audit/audit.h"
#include "http/services.h"
#include "kernel/error.h"

enum grant_kind { GRANT_ROLE, GRANT_USER, GRANT_CLIENT, GRANT_KINDS };

/* What is covered, as an SQL expression over the row's alias. */
#define GRANT_ROLE_TEXT(r)                                                                              \
    "CONCAT_WS('|', 'role', " #r ".id, " #r ".admin_kind, COALESCE((SELECT GROUP_CONCAT(gp.permission " \
    "ORDER BY gp.permission) FROM role_permissions gp WHERE gp.role_id = " #r ".id), ''))"
#define GRANT_USER_TEXT(u, org)                                                                         \
    "CONCAT_WS('|', 'user', " #u ".id, " org ", " #u ".scope_kind, COALESCE(" #u ".scope_sector, ''), " \
    "COALESCE((SELECT GROUP_CONCAT(gr.role_id ORDER BY gr.role_id) FROM user_roles gr WHERE gr.user_id = " #u ".id), ''))"
#define GRANT_CLIENT_TEXT(c, org) "CONCAT_WS('|', 'client', " #c ".id, " org ", " #c ".permissions)"

/* In the caller's transaction. */
struct error *grant_seal(struct services *s, struct arena *a, enum grant_kind kind, const char *id) MUST_CHECK;
struct error *grant_check(struct services *s, struct arena *a, enum grant_kind kind, const char *id, bool *intact) MUST_CHECK;
/* Before the accounts and clients of one organisation become another one's: those that are intact stay so. */
struct error *grant_follow(struct services *s, struct arena *a, const char *from_org, const char *to_org) MUST_CHECK;
/* What an operator has looked at is right as it stands: seals the role with this code, the account or client with this name, and
 * writes it into the trail. ERR_NOT_FOUND when there is none. */
struct error *grant_accept(struct services *s, struct arena *a, enum grant_kind kind, const char *name) MUST_CHECK;
/* How many of a kind are not intact; the first few by name, with commas. */
struct error *grant_altered(struct services *s, struct arena *a, enum grant_kind kind, int64_t *n, struct str *names) MUST_CHECK;

/* An altered grant was met on use: a row of the trail and a notice to those who manage roles. Outside a transaction. */
struct error *grant_report(struct services *s, struct arena *a, const struct audit_actor *who, const char *subject_kind,
                           const char *id, const struct org_stamp *org, const char *name) MUST_CHECK;

bool grant_fits(const struct keys *k, struct str text, struct str mac);

#endif

/* The first administrator of an empty platform, and the accounts of the demonstration. */
#ifndef ACCESS_BOOTSTRAP_H
#define ACCESS_BOOTSTRAP_H

#include "http/principal.h"
#include "http/services.h"

/* No account exists. */
struct error *bootstrap_is_empty(struct services *s, struct arena *a, bool *out) MUST_CHECK;
/* An administrator at the root organisation with a generated password; ERR_DUPLICATE when the name is taken. */
struct error *bootstrap_admin(struct services *s, struct arena *a, const char *username, const char *role,
                              char password[21]) MUST_CHECK;
/* A new password for an account, to be changed at the first sign-in; its sessions end and its lock opens. ERR_NOT_FOUND.
 * Audited as the operator's act. */
struct error *bootstrap_reset(struct services *s, struct arena *a, const char *username, char password[21]) MUST_CHECK;
/* An account with a role; scope is "all", "subtree" or "own". The password is generated. In the caller's transaction. */
struct account {
    const char *username, *display_name, *role, *scope;
    bool demo;
};
struct error *bootstrap_account(struct services *s, struct arena *a, const struct account *account, const struct org_stamp *org,
                                char password[21]) MUST_CHECK;
/* A machine client; the secret is generated (43 characters). */
struct error *bootstrap_client(struct services *s, struct arena *a, const char *name, const char *permissions,
                               const struct org_stamp *org, bool demo, char id[37], char secret[44]) MUST_CHECK;

#endif

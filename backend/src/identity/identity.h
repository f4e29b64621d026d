/* Who is asking: browser sessions (opaque token in a cookie) and machine tokens (ES256).
 *
 * A session is a row of `sessions`; Redis keeps a copy of the principal for SESSION_COPY_MS and a child one for
 * SESSION_CHILD_MS, so what ends a session (sign-out, password, role, organisation or state change) is felt
 * everywhere within 2 seconds, with or without Redis. */
#ifndef IDENTITY_IDENTITY_H
#define IDENTITY_IDENTITY_H

#include "http/request.h"
#include "http/services.h"

enum {
    SESSION_COPY_MS = 900,  /* in Redis */
    SESSION_CHILD_MS = 900, /* in a child */
    TOKEN_SECONDS = 900,    /* life of a machine token */
    TOKEN_MAX_BYTES = 4096,
    CLIENT_FAILURES_MAX = 5,
    LOGIN_WINDOW_MINUTES = 15,
    ADDRESS_FAILURES_MAX = 200 /* within the window, from one address */
};

/* Pipeline stages. */
struct error *identity_authenticate(struct request *r); /* sets r->who */
struct error *identity_origin_csrf(struct request *r);  /* writes of browser sessions */

/* A machine client as who acts, for messages that it signs by other means than a token; *who is NULL when it is unknown, revoked or
 * altered (grant.h). Lives as long as the request. */
struct error *identity_client(struct request *r, const char *client_id, const struct principal **who) MUST_CHECK;

/* Ends all sessions of a user inside the caller's transaction (epoch + 1). */
struct error *identity_raise_epoch(struct db *db, struct arena *a, const char *user_id) MUST_CHECK;
/* The present password will not come back (policy.h). In the transaction that sets another one. */
struct error *identity_keep_password(struct db *db, struct arena *a, const char *user_id) MUST_CHECK;
/* A password for people to type once: 20 characters without look-alikes (about 110 bits). */
void identity_generate_password(char out[21]);
/* NULL or why the password is refused: least..128 characters, not the user's name, at least three kinds of characters. */
const char *identity_password_weak(struct arena *a, struct str password, struct str username, int64_t least);

#endif

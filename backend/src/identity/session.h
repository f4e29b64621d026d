/* Browser sessions, between the stages and the handlers of identity/. */
#ifndef IDENTITY_SESSION_H
#define IDENTITY_SESSION_H

#include "http/request.h"

enum { SESSION_TOKEN_CHARS = 43 }; /* 256 bits, base64url */

/* The SHA-256 of the session token that the cookie carries. */
bool session_cookie(const struct request *r, unsigned char hash[32]);
/* Drops the copies of a session that has ended: this child's and Redis's. */
void session_forget(struct request *r, const unsigned char hash[32]);

#endif

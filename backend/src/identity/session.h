/* Browser sessions, between the stages and the handlers of identity/. */
#ifndef IDENTITY_SESSION_H
#define IDENTITY_SESSION_H

#include "http/request.h"

enum { SESSION_TOKEN_CHARS = 43 }; /* 256 bits, base64url */

/* The SHA-256 of the session token that the cookie carries. */
bool session_cookie(const struct request *r, unsigned char hash[32]);
/* Drops the copies of a session that has ended: this child's and Redis's. */
void session_forget(struct request *r, const unsigned char hash[32]);

struct login_row;
/* The signed-in person's account once more, when the password fits; a wrong one counts as a failed sign-in. */
struct error *session_own_account(struct request *r, struct str password, struct login_row *out) MUST_CHECK;
/* Uses up a one-time code of an account that has a second factor. */
struct error *session_otp_check(struct request *r, const struct login_row *u, struct str code, bool *fits) MUST_CHECK;
/* Counts a failed try and says so: ERR_LOCKED after the last one, else the code (ERR_BAD_CREDENTIALS, ERR_OTP_REQUIRED). */
struct error *session_refused(struct request *r, const struct login_row *u, enum error_code code) MUST_CHECK;

#endif

/* The first days of a platform: the set-up administrator makes the three administrators, then goes. Inside access/ only. */
#ifndef ACCESS_SETUP_H
#define ACCESS_SETUP_H

#include "http/request.h"

/* Does each of the three kinds of administrator have an active account that sees everything and whose owner has signed in
 * and replaced the first password? Locks those accounts until the transaction ends, so that none goes meanwhile. */
struct error *setup_ready(struct request *r, bool *out) MUST_CHECK;
/* Does the account hold the role of the set-up administrator? */
struct error *setup_account(struct request *r, const char *user_id, bool *out) MUST_CHECK;
/* id, username, display_name, version, kind ("set_up", "system", "security", "audit"), ready; active accounts only. */
struct error *setup_rows(struct request *r, struct rows *out) MUST_CHECK;
/* Disables the account and ends its sessions. */
struct error *setup_disable(struct request *r, const char *user_id) MUST_CHECK;

#endif

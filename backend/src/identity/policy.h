/* The sign-in policy, as the security administrator has set it (GB/T 22239-2019 8.1.4.1 identity authentication). */
#ifndef IDENTITY_POLICY_H
#define IDENTITY_POLICY_H

#include "http/services.h"
#include "kernel/error.h"

struct sign_in_policy {
    int64_t idle_minutes, session_hours;                     /* of a session: without a request; at the longest */
    int64_t failures, lock_minutes;                          /* wrong passwords of an account until it is locked; for how long */
    int64_t password_least, password_history, password_days; /* characters; earlier ones that do not come back; days until it
                                                                  must be changed, 0 never */
};
struct error *sign_in_policy(struct services *s, struct arena *a, struct sign_in_policy *out) MUST_CHECK;

#endif

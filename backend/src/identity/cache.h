/* Principals that this child has just seen: by SHA-256 of the session or access token, for a second. */
#ifndef IDENTITY_CACHE_H
#define IDENTITY_CACHE_H

#include "http/principal.h"

enum { PRINCIPAL_CACHE = 256 };

/* NULL when absent or older than its time. Valid until the next principal_cache_put. */
const struct principal *principal_cache_get(const unsigned char hash[32]);
/* Copies who and the comma-separated permissions. */
const struct principal *principal_cache_put(const unsigned char hash[32], const struct principal *who, const char *permissions,
                                            int64_t milliseconds);
void principal_cache_drop(const unsigned char hash[32]);

#endif

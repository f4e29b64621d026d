/* How often one principal may ask: a bucket for each in memory that the children of a host share, without locks.
 *
 * A bucket is one number: when it would be full again. A principal that has not asked for so long has none, so that its place
 * is free for another. More principals at once than there are places near each other pass unlimited: the limit protects
 * from one that asks too often, not from many. */
#ifndef HTTP_LIMIT_H
#define HTTP_LIMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "http/request.h"

struct limits;

/* rate: requests a second in the long run, 0 = unlimited; burst: at once, at least 1. */
struct limit_rule {
    int64_t rate, burst;
};

/* Made before the fork; lives as long as the process. NULL when there is no memory: nobody is limited. */
struct limits *limits_new(void);
/* Takes one request of `id` (a UUID's text) at the monotonic moment now_us out of its bucket. Otherwise false, and wait_us says
 * when there will be one. */
bool limit_take(struct limits *l, const char *id, const struct limit_rule *rule, int64_t now_us, int64_t *wait_us);

/* The stage: ERR_RATE with Retry-After; people and clients have a rule each (settings person_rate, client_rate, ...). */
struct error *limit_principal(struct request *r) MUST_CHECK;

#endif

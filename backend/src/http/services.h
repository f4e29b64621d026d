/* What one process has: made at start, handed to every request and job. */
#ifndef HTTP_SERVICES_H
#define HTTP_SERVICES_H

#include <stdatomic.h>
#include <stdint.h>

#include "kernel/config.h"
#include "kernel/crypto.h"
#include "sql/sql.h"

struct limits;
struct redis;
struct audit_chain;

enum generation { GENERATION_TOTALS, GENERATION_CONFIG, GENERATIONS };

struct services {
    const struct config *config;
    const struct keys *keys;
    struct db *db;
    struct redis *cache; /* sessions, overview bytes: may be lost at any time */
    struct redis *queue; /* streams: bells and event parts; MariaDB has the truth */
    struct audit_chain *audit;
    _Atomic uint64_t *generation; /* GENERATIONS of them, shared by the children of a host; NULL in other processes */
    struct limits *limits;        /* shared like it: how often each principal asked (http/limit.h) */
    char holder[64];              /* "host:pid:start", the name in leases */
};

/* What the children of a host keep in memory is stale once its generation has been raised by a commit; other hosts and the
 * workers go by time. */
static inline uint64_t services_generation(const struct services *s, enum generation g)
{
    return s->generation ? s->generation[g] : 0;
}

#endif

/* What one process has: made at start, handed to every request and job. */
#ifndef HTTP_SERVICES_H
#define HTTP_SERVICES_H

#include "kernel/config.h"
#include "kernel/crypto.h"
#include "sql/sql.h"

struct redis;
struct audit_chain;

struct services {
    const struct config *config;
    const struct keys *keys;
    struct db *db;
    struct redis *cache; /* sessions, overview bytes: may be lost at any time */
    struct redis *queue; /* streams: bells and event parts; MariaDB has the truth */
    struct audit_chain *audit;
    char holder[64];     /* "host:pid:start", the name in leases */
};

#endif

/* The addresses that the platform may call, as its administrator has listed them. */
#ifndef NOTIFY_HOSTS_H
#define NOTIFY_HOSTS_H

#include "http/outbound.h"
#include "http/request.h"
#include "kernel/error.h"
#include "sql/sql.h"

struct error *outbound_policy_load(struct db *db, struct arena *a, struct outbound_policy *out) MUST_CHECK;

/* A host that can be called and is on the list; else what is wrong with the field. */
struct error *outbound_host_check(struct request *r, const char *field, struct str host,
                                  const struct outbound_policy *policy) MUST_CHECK;

#endif

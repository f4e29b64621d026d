/* What the routes of the configuration share; inside notify/ only. */
#ifndef NOTIFY_CONFIG_API_H
#define NOTIFY_CONFIG_API_H

#include "notify/config_store.h"

/* 404 when the row is not there or not the caller's to change. */
struct error *config_may_write(struct request *r, const struct config_row *row, struct org_stamp *stamp) MUST_CHECK;
/* The body as the audit trail keeps it: without the secret. */
struct str config_after(struct request *r);
struct error *config_created(struct request *r, const char *kind, const char *id, const struct org_stamp *stamp) MUST_CHECK;
/* n rows were changed or removed: none is a stale version, otherwise 204 and its row of the trail. */
struct error *config_changed(struct request *r, const char *kind, const struct config_row *row, const struct org_stamp *stamp,
                             uint64_t n, struct str after) MUST_CHECK;

#endif

/* SQL of the exchange of assets between systems; inside assets/ only. */
#ifndef ASSETS_EXCHANGE_STORE_H
#define ASSETS_EXCHANGE_STORE_H

#include "http/request.h"

/* The answer that a batch got; found false when it is new. */
struct error *batch_find(struct request *r, const char *id, char digest[65], struct str *reply, bool *found) MUST_CHECK;
struct error *batch_keep(struct request *r, const char *id, const char *digest, struct str reply) MUST_CHECK;

/* Changes after a number inside the scope: seq, asset, deleted, at, organisation. */
struct error *feed_rows(struct request *r, int64_t after, int64_t size, struct rows *out) MUST_CHECK;

#endif

/* Idempotency-Key: the answer of a write is kept with its transaction, so that a repeated request gets the first
 * answer instead of a second record. Kept 72 hours. */
#ifndef HTTP_IDEMPOTENCY_H
#define HTTP_IDEMPOTENCY_H

#include "http/request.h"

/* In the transaction, before the handler: a kept answer fills r->reply and sets r->answered. The same key with another
 * body is ERR_KEY_REUSED, one that is still running ERR_IN_PROGRESS. */
struct error *idempotency_claim(struct request *r) MUST_CHECK;
struct error *idempotency_keep(struct request *r) MUST_CHECK;

#endif

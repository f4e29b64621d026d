/* How long events, their raw lines and their keys are kept (settings keep_event_days, keep_key_days).
 *
 * - Events go by the partition of their day.
 * - A batch of raw lines goes when no event of its time is kept any more, and no event that it dated ahead.
 * - A key goes when its repetition is no longer expected. That of an event whose sender may still report a change (a count, a
 *   status: not EVE) stays until the event is closed or gone. A change of status whose event never came goes with the keys. */
#ifndef INGEST_RETENTION_H
#define INGEST_RETENTION_H

#include "http/services.h"
#include "kernel/error.h"

/* All that is due, at once; the duties do the same in small portions. ERR_CONFLICT while another process does so. */
struct error *event_retention(struct services *s, struct arena *a) MUST_CHECK;
/* In the transaction that stores an event dated `day` (YYYY-MM-DD), after its reception: the batch stays for it. */
struct error *batch_keep_until(struct services *s, struct arena *a, const char *batch_id, const char *day) MUST_CHECK;

#endif

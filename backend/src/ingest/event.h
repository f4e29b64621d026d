/* Events: what other features may know of them.
 *
 * An event belongs to the organisation that owns the protected address, domain or URL; it is seen inside the scope of that
 * organisation. An event that nobody or more than one owns (org_id NULL) is seen by accounts that see everything only: they
 * are the unowned queue of the office, and nobody's evidence is shown to somebody who may be a stranger to it. */
#ifndef INGEST_EVENT_H
#define INGEST_EVENT_H

#include "http/request.h"

/* What a warning keeps of the event that it starts from, as JSON texts: the event as the list shows it, and whose it is
 * with the evidence. org and sector of the owner; org NULL when there is not exactly one. */
struct event_snapshot {
    struct str event, owner;
    const char *org_id;
};
/* Inside the caller's scope. */
struct error *event_snapshot(struct request *r, struct str id, struct event_snapshot *out, bool *found) MUST_CHECK;

#endif

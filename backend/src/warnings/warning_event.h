/* A warning that starts from an event keeps what is known now. */
#ifndef WARNINGS_WARNING_EVENT_H
#define WARNINGS_WARNING_EVENT_H

#include "warnings/warning_store.h"

/* Fills event, owner and, when the event has one owner, the targets. An event outside the scope is a field error. */
struct error *warning_event_snapshot(struct request *r, struct str event_id, struct warning_text *t) MUST_CHECK;

#endif

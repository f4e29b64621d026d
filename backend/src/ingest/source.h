/* Event sources: who sends, whose network the addresses mean, how far it is trusted.
 *
 * A client sends through the sources that are bound to it, a person through those inside the own scope. Without a choice
 * there must be exactly one of the format; a sender that has none gets a default source in the private address space of
 * its own organisation. */
#ifndef INGEST_SOURCE_H
#define INGEST_SOURCE_H

#include "http/request.h"
#include "ingest/format.h"
#include "org/org.h"

struct source {
    char id[37], org_id[37], space_id[37];
    char format[12];
    struct format_source rules;
};

/* The source of a request to send: by id, or the only one. ERR_INVALID names `source` when there is none to use. */
struct error *source_for(struct request *r, struct str format, struct str id, struct source *out) MUST_CHECK;

#endif

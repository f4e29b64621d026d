/* Inside ingest/ only: what taking and storing share. */
#ifndef INGEST_INGEST_H
#define INGEST_INGEST_H

#include "http/request.h"
#include "http/services.h"
#include "ingest/batch.h"
#include "ingest/format.h"

/* The formats with the site's HiSec map: read once, kept for the life of the process. */
struct error *formats_kept(struct services *s, struct arena *a, const struct formats **out) MUST_CHECK;
/* The number that rows carry, and back. */
enum { FORMAT_COUNT = 3 };
extern const char *const FORMAT_NAMES[FORMAT_COUNT];
int event_format(struct str name); /* -1: none */

/* The stream of a partition; entries are "batch:first:count". */
const char *stream_name(struct arena *a, unsigned part);

/* What is wrong with a line, in the caller's language. */
const char *line_message(struct arena *a, const char *lang, const char *code, const char *field);

#endif

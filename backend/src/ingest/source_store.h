/* Inside ingest/ only: the SQL of sources. */
#ifndef INGEST_SOURCE_STORE_H
#define INGEST_SOURCE_STORE_H

#include "ingest/source.h"

struct source_record {
    struct str name, client, space, format, tz, victim, state;
    int64_t trust, version;
    struct org_stamp org;
};

struct error *source_count(struct request *r, int64_t *out) MUST_CHECK;
struct error *source_rows(struct request *r, const struct page *p, struct rows *out) MUST_CHECK;
struct error *source_row(struct request *r, struct str id, struct rows *out, bool *found) MUST_CHECK;
struct error *source_read(struct request *r, struct str id, struct source_record *out, bool *found) MUST_CHECK;
struct error *source_insert(struct request *r, const char *id, const struct source_record *x) MUST_CHECK;
/* moved: the version was still the caller's. */
struct error *source_update_row(struct request *r, struct str id, const struct source_record *x, bool *moved) MUST_CHECK;

/* A space that the organisation may mean: one that all share, or its own. */
struct error *source_space_known(struct request *r, struct str space, const char *org_id, bool *out) MUST_CHECK;
struct error *source_client_known(struct request *r, struct str client, bool *out) MUST_CHECK;

/* False when the id or the zone cannot be used. */
bool source_rules(struct str id, struct str tz, struct str victim, struct format_source *out);
/* For sending. found counts: 0, 1, or 2 for several. */
struct error *source_of_client(struct request *r, struct str format, struct source *out, int *found) MUST_CHECK;
struct error *source_by_id(struct request *r, struct str id, struct source *out, bool *found) MUST_CHECK;
/* Makes it when it is not there; ERR_INVALID when it is disabled. */
struct error *source_default(struct request *r, struct str format, struct source *out) MUST_CHECK;

#endif

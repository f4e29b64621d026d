/* Event formats: one line of a format becomes one `struct event`. Pure: no SQL, no clock.
 *
 * A format is a row of the table in format.c: its name, the paths that it wants, and the function that maps them.
 * Limits: a line of at most FORMAT_LINE_MAX bytes; text fields are cut to their column on a character boundary, control
 * characters become blanks. Integers go as 64-bit integers or text, never through floating point.
 * Ownership: an event's text points into the line or into the arena given. */
#ifndef INGEST_FORMAT_H
#define INGEST_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "ingest/scan.h"
#include "kernel/ip.h"

enum { FORMAT_LINE_MAX = 256 * 1024, EVENT_KEY_BYTES = 16 };

enum event_kind {
    EVENT_NEW,
    EVENT_UPDATE,   /* a change of the status of an event sent before */
    EVENT_IGNORED,  /* well-formed, of a type that is no event */
    EVENT_REJECTED, /* see code, field */
};
enum severity { SEVERITY_INFO, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };
const char *severity_name(enum severity s);
bool severity_of(struct str s, enum severity *out);

/* Which end of a connection is the protected one (a setting of the source). */
enum victim_rule { VICTIM_AUTO, VICTIM_DESTINATION, VICTIM_SOURCE };

struct event_key {
    unsigned char b[EVENT_KEY_BYTES];
};

struct event {
    enum event_kind kind;
    const char *code, *field; /* EVENT_REJECTED: "malformed", "too_deep", "required", "bad_time", ... and the field's name */

    int64_t at; /* microseconds since 1970 UTC */
    struct str name, category, type, subtype;
    enum severity severity;
    bool has_src, has_dst, has_victim;
    struct ip src, dst, victim;
    int src_port, dst_port; /* -1: unknown */
    struct str protocol, app, url, domain, file_hash, rule_id;
    struct str status; /* open, processing, confirmed, closed, ignored; other codes as they came */
    struct str source_event_id, aggregation_id;
    int64_t count; /* how many the sender merged into this, >= 1 */

    /* Repetition: two events of one source with the same key are the same event. alias (when has_alias) is a second name
     * of it, by which updates may come. order says what must stay in sequence: it chooses the partition. */
    struct event_key key, alias;
    bool has_alias;
    uint32_t order;
};

/* What a source says of itself. */
struct format_source {
    unsigned char id[16]; /* goes into the keys, so that sources never meet */
    int tz_minutes;       /* of times without an offset */
    enum victim_rule victim;
};

struct format;
/* hisec_map: the text of packs/hisec-map.json (field names and codes of HiSec Insight). NULL and *why on a map that
 * cannot be used. Everything lives in the arena. */
struct formats;
struct formats *formats_load(struct arena *a, struct str hisec_map, const char **why);
/* "eve", "hisec", "generic"; NULL for anything else. */
const struct format *format_named(const struct formats *all, struct str name);
const char *format_name(const struct format *f);
/* line: without its newline. The arena may be reset after each line, when the event has been used. */
void format_parse(const struct format *f, struct arena *a, const struct format_source *source, struct str line, struct event *out);

/* Times as senders write them: RFC 3339, EVE's "+0800", and without offset (then tz_minutes). Years 1970-2199. */
bool event_time(struct str s, int tz_minutes, int64_t *out);
/* "+08:00", "UTC", and the zones without daylight saving that sources here use ("Asia/Shanghai"). */
bool event_tz(struct str s, int *minutes);

#endif

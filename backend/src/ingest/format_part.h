/* What the formats share; private to ingest/format*.c. */
#ifndef INGEST_FORMAT_PART_H
#define INGEST_FORMAT_PART_H

#include "ingest/format.h"

struct hisec_map;
struct format {
    const char *name;
    const struct scan_fields *fields;
    const struct hisec_map *map; /* hisec only */
    void (*map_line)(const struct format *f, struct arena *a, const struct format_source *source, struct str line,
                     const struct scan_value *v, struct event *e);
};

extern const char *const EVE_PATHS[];
extern const size_t EVE_PATH_COUNT;
void eve_map(const struct format *f, struct arena *a, const struct format_source *source, struct str line,
             const struct scan_value *v, struct event *e);
extern const char *const GENERIC_PATHS[];
extern const size_t GENERIC_PATH_COUNT;
void generic_map(const struct format *f, struct arena *a, const struct format_source *source, struct str line,
                 const struct scan_value *v, struct event *e);
struct hisec_map *hisec_load(struct arena *a, struct str json, const char **why);
const char *const *hisec_paths(const struct hisec_map *m, size_t *n);
void hisec_map_line(const struct format *f, struct arena *a, const struct format_source *source, struct str line,
                    const struct scan_value *v, struct event *e);

/* Text of at most max bytes, cut between characters, blanks for control characters; "" when absent. */
struct str field_text(struct arena *a, const struct scan_value *v, size_t max);
bool field_ip(struct arena *a, const struct scan_value *v, struct ip *out);
/* A port 0-65535 as number or digits; -1 for anything else. */
int field_port(const struct scan_value *v);
/* Lower-case host name of letters, digits, '-', '_', '.', bytes beyond ASCII refused; "" when it is none or an address. */
struct str field_domain(struct arena *a, struct str s);
/* The host of "http://host:port/x"; "" when there is none. */
struct str url_host(struct str url);
void reject(struct event *e, const char *code, const char *field);
/* BLAKE2b over source, a tag for the kind of key, and the bytes. */
struct event_key event_key_of(const struct format_source *source, char tag, struct str bytes);
/* The partition's hash: aggregation id, else protected address, else the key. */
void event_order(const struct format_source *source, struct event *e);
/* Fills victim from src and dst by the source's rule; AUTO: see format_eve.c. */
void choose_victim(const struct format_source *source, struct event *e);

#endif

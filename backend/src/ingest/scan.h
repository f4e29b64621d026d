/* A strict JSON scanner: one pass over a line, no tree, no allocation.
 *
 * The whole text must be RFC 8259: UTF-8, escapes (a lone surrogate is refused), numbers, at most SCAN_DEPTH levels.
 * Wanted values are named by dotted paths ("alert.signature"; "[0]" is the first element of an array) and come back as
 * views into the line. A wanted key, or an object on the way to one, that appears twice is refused.
 * Ownership: views live as long as the line; the compiled paths as long as their arena. */
#ifndef INGEST_SCAN_H
#define INGEST_SCAN_H

#include <stdbool.h>

#include "kernel/arena.h"
#include "kernel/str.h"

enum { SCAN_DEPTH = 64, SCAN_FIELDS_MAX = 128, SCAN_KEY_MAX = 64 };

enum scan_type { SCAN_ABSENT, SCAN_STRING, SCAN_NUMBER, SCAN_TRUE, SCAN_FALSE, SCAN_NULL, SCAN_OBJECT, SCAN_ARRAY };
struct scan_value {
    enum scan_type type;
    bool escaped;   /* a string with backslashes: scan_text decodes it */
    struct str raw; /* a string without its quotes; other values as written */
};

enum scan_result { SCAN_OK, SCAN_MALFORMED, SCAN_TOO_DEEP, SCAN_DUPLICATE, SCAN_BAD_UTF8 };

struct scan_fields;
/* n <= SCAN_FIELDS_MAX paths whose keys are at most SCAN_KEY_MAX bytes; NULL when one is not. Values come back under
 * the number of their path. */
struct scan_fields *scan_compile(struct arena *a, const char *const *paths, size_t n);
size_t scan_count(const struct scan_fields *f);
/* out has room for scan_count values; at (may be NULL) says where the text stopped being right. */
enum scan_result scan_line(const struct scan_fields *f, struct str line, struct scan_value *out, size_t *at);

/* A string's text, a number as written, true/false; empty for everything else. Decodes into the arena only when it must. */
struct str scan_text(struct arena *a, const struct scan_value *v);

#endif

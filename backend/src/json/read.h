/* JSON from outside (RFC 8259), strict: UTF-8, no duplicate keys, no NUL in names or strings, integers in 64 bits,
 * finite numbers, bounded depth. The value is freed with the arena. */
#ifndef JSON_READ_H
#define JSON_READ_H

#include <jansson.h>

#include "kernel/error.h"
#include "kernel/str.h"

/* ERR_MALFORMED (line and column in the detail), ERR_TOO_DEEP, ERR_DUPLICATE_KEY. */
struct error *json_read(struct arena *a, struct str text, size_t max_depth, json_t **out) MUST_CHECK;

#endif

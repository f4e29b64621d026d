/* JSON Schema 2020-12, a subset, interpreted: the one validator of request bodies, parameters and user-made forms.
 *
 * Supported: type (one or several), enum, const, properties, required, additionalProperties, items, min/maxItems,
 * uniqueItems, min/maxLength (code points), pattern (PCRE2, bounded, without look-around and back-references), minimum,
 * maximum, exclusive*, multipleOf, format (asserted, list in format.h), $ref inside the document, allOf, anyOf, oneOf, not,
 * if/then/else, dependentRequired, readOnly (refused in what comes in). Annotations and x-* are passed over; anything
 * else is refused when compiled, by name and place.
 *
 * A compiled schema is read-only and lives in the boot arena. */
#ifndef JSON_SCHEMA_H
#define JSON_SCHEMA_H

#include <jansson.h>

#include "kernel/error.h"
#include "kernel/str.h"

struct schema;

enum { SCHEMA_MAX_ERRORS = 20, SCHEMA_MAX_DEPTH = 64 };

/* NULL and *err when refused. document is borrowed during the call; NULL when there are no references. */
struct schema *schema_compile(struct arena *boot, json_t *schema, json_t *document, struct error **err);

/* NULL, or ERR_INVALID: up to SCHEMA_MAX_ERRORS field errors linked by next; field is base and the path ("items/0/name"),
 * rule one of required, type, unknown_field, read_only, depth, enum, const, min_length, max_length, pattern, format, minimum,
 * maximum, multiple_of, min_items, max_items, unique, any_of, one_of, not. */
struct error *schema_check(struct arena *a, const struct schema *s, json_t *value, const char *base) MUST_CHECK;

/* A parameter's text, turned into the schema's type and checked: ERR_BAD_PARAMETER. *out is a new reference. */
struct error *schema_check_param(struct arena *a, const struct schema *s, const char *name, struct str value,
                                 json_t **out) MUST_CHECK;

#endif

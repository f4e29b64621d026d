/* A compiled schema: made by schema.c, walked by schema_check.c. */
#ifndef JSON_SCHEMA_INTERNAL_H
#define JSON_SCHEMA_INTERNAL_H

#include <stdbool.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "json/format.h"
#include "json/schema.h"

enum { T_NULL = 1, T_BOOL = 2, T_INT = 4, T_NUMBER = 8, T_STRING = 16, T_ARRAY = 32, T_OBJECT = 64 };

struct bound {
    bool set, whole; /* whole: compared as an integer with integers, so that 2^53 + 1 stays above 2^53 */
    int64_t i;
    double d;
};

struct property {
    const char *name;
    struct schema *schema;
};

struct schema {
    unsigned types; /* 0: any */
    bool nothing;   /* the schema `false` */
    bool read_only;
    json_t *enumeration, *constant;
    struct property *properties; /* sorted by name */
    size_t property_count;
    const char **required;
    size_t required_count;
    bool closed; /* additionalProperties: false */
    struct schema *additional, *items;
    int64_t min_items, max_items, min_length, max_length;
    bool unique;
    pcre2_code *pattern;
    const char *pattern_text, *format_name;
    format_check format;
    struct bound min, max, above, below; /* minimum, maximum, exclusiveMinimum, exclusiveMaximum */
    struct bound multiple_of;            /* above 0 */
    struct schema *ref, *not, *when, *then, *otherwise;
    struct schema **all, **any, **one;
    size_t all_count, any_count, one_count;
    json_t *dependent;
};

int schema_by_name(const void *property, const void *other);

#endif

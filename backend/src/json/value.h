/* Values as JSON Schema compares them: 1 and 1.0 are one number, the order of members does not matter. */
#ifndef JSON_VALUE_H
#define JSON_VALUE_H

#include <jansson.h>
#include <stdbool.h>

#include "kernel/str.h"

bool json_same(json_t *a, json_t *b);
/* The first index whose item stood before in the array, or its size when all differ. O(n log n), memory as the text's. */
size_t json_first_repeated(struct arena *a, json_t *array);

#endif

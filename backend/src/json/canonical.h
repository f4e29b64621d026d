/* JSON in canonical form (RFC 8785), for digests and for what is the same (json/value.h): keys in order, no space, numbers and texts in their one shortest form. Keys
 * are sorted by bytes, which is their order in UTF-16 too as long as no key has characters past U+D7FF. */
#ifndef JSON_CANONICAL_H
#define JSON_CANONICAL_H

#include <jansson.h>

#include "kernel/str.h"

void json_canonical(struct buf *b, json_t *v);

#endif

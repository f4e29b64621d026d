/* Texts with places for facts: "{{title}}". A place is two braces, a name of small letters and underscores, two braces; anything
 * else is text. What is put in is never read again. Pure. */
#ifndef NOTIFY_TEMPLATE_H
#define NOTIFY_TEMPLATE_H

#include "kernel/str.h"

struct fact {
    struct str name, value;
};
struct facts {
    const struct fact *list;
    size_t n;
};

/* How a value is written: as it is, in one line, inside a JSON string, as part of a URL or form. */
enum escape { ESCAPE_NONE, ESCAPE_LINE, ESCAPE_JSON, ESCAPE_URL };

/* The value of a name; p == NULL when there is none. */
struct str fact_value(const struct facts *f, struct str name);
/* The first place whose name is none of the known; p == NULL when there is none. */
struct str template_unknown(struct str text, const struct facts *known);
/* A place without a fact of its name is left as it stands. */
void template_render(struct buf *out, struct str text, const struct facts *f, enum escape how);

#endif

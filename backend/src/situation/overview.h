/* Inside situation/ only: the overview as one JSON document. */
#ifndef SITUATION_OVERVIEW_H
#define SITUATION_OVERVIEW_H

#include "situation/situation_store.h"

/* Writes all members except generated_at, without the outer braces. */
struct error *overview_write(struct request *r, struct overview *o, struct buf *b) MUST_CHECK;
/* from and before of a named range; false for a name that is none. */
bool overview_range(struct overview *o, const char *range, int64_t now);

#endif

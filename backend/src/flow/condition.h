/* The condition of a sequence flow: comparisons of variables with values, joined by and, or, not.
 *
 *     level <= 2 and (outcome = 'approve' or not kind_code = 'vuln')
 *
 * Names are those of the kind and `outcome`; texts stand in ' or ", numbers are decimal. Texts know = and != only. At most
 * CONDITION_MAX characters and CONDITION_DEPTH levels. Pure. */
#ifndef FLOW_CONDITION_H
#define FLOW_CONDITION_H

#include <jansson.h>
#include <stdbool.h>

#include "kernel/str.h"

enum { CONDITION_MAX = 500, CONDITION_DEPTH = 16 };

struct condition;
/* known(context, name): 0 unknown, 's' a text, 'n' a number. NULL when it cannot be read: *why says so ("bad_condition",
 * "unknown_variable") and *at names the piece. */
struct condition *condition_read(struct arena *a, struct str text, int (*known)(const void *context, struct str name),
                                 const void *context, const char **why, const char **at);
/* A variable that is not there compares as unequal to everything. */
bool condition_holds(const struct condition *c, const json_t *variables, const char *outcome);

#endif

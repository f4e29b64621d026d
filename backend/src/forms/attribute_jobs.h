/* What the job of the index needs of its rows; inside forms/ only. */
#ifndef FORMS_ATTRIBUTE_JOBS_H
#define FORMS_ATTRIBUTE_JOBS_H

#include "forms/attribute.h"

/* All of a kind as a writer sees them: nobody changes them until the caller's transaction ends. */
struct error *attributes_hold(struct services *s, struct arena *a, const char *kind, const struct attribute_set **out) MUST_CHECK;
/* Rows of these attributes beside what is there already. */
struct error *attributes_add(struct services *s, struct arena *a, const struct attribute_set *set,
                             const struct attribute_record *list, size_t n) MUST_CHECK;
struct error *attributes_ready(struct services *s, struct arena *a, const struct attribute_set *set) MUST_CHECK;
/* Takes some rows of a dropped attribute away, and the attribute after its last one; more: there was one. */
struct error *attributes_sweep(struct services *s, struct arena *a, const char *kind, bool *more) MUST_CHECK;

#endif

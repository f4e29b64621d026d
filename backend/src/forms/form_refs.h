/* References among the values of a form. */
#ifndef FORMS_FORM_REFS_H
#define FORMS_FORM_REFS_H

#include "forms/form.h"
#include "http/request.h"

/* In the caller's transaction, after form_check: every organisation, person and asset that values name is one that the caller
 * sees (or stood there before), and every file becomes the record's own; files that it no longer names are let go.
 * before: the values as they were, NULL for a new record. ERR_INVALID with the field below base. */
struct error *form_refs_check(struct request *r, const struct form *f, const char *subject_kind, const char *subject_id,
                              json_t *values, json_t *before, const char *base) MUST_CHECK;

#endif

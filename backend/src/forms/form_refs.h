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

/* References in sheets: by name inside the scope. Of one job: it remembers what it has asked, and goes with the arena. values is
 * JSON text that is put anew where it has references; form may be NULL. */
struct ref_words;
struct ref_words *ref_words_new(struct services *s, struct arena *a, const struct scope *scope);
/* Ids become words where the scope sees them; org is the record's. */
struct error *ref_words_said(struct ref_words *w, struct arena *a, const struct form *form, const struct org_stamp *org,
                             struct str *values) MUST_CHECK;
/* Words become ids; unknown: the first field whose word means nothing, or several. */
struct error *ref_words_meant(struct ref_words *w, struct arena *a, const struct form *form, const struct org_stamp *org,
                              struct str *values, const char **unknown) MUST_CHECK;

#endif

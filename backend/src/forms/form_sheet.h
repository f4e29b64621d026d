/* A definition as rows of a sheet and back (FormRow of the contract): a row for each field in its order, the columns of a table
 * below it as "TABLE.COLUMN". What a definition can say a row can say, so that the way there and back changes nothing but the
 * names of sections. Pure. */
#ifndef FORMS_FORM_SHEET_H
#define FORMS_FORM_SHEET_H

#include <jansson.h>

#include "kernel/error.h"

/* definition is borrowed; the rows live with the arena. */
json_t *form_rows_of(struct arena *a, json_t *definition);
/* The definition, not yet checked by form_read; ERR_INVALID at "items/3/choices" where a cell cannot be read. */
struct error *form_of_rows(struct arena *a, json_t *rows, json_t **out) MUST_CHECK;

#endif

/* Small tables as sheets: a route with x-sheet NAME (a schema of the contract) takes, in place of its JSON body {..., items: [NAME]},
 * a form whose part "file" is an .xlsx or .csv; its rows become the items, its other fields the other members, and both are
 * checked by the same schema. A GET with x-sheet answers such a sheet (reply_sheet).
 *
 * Columns are the properties of NAME in their order. A title is the property's name or its x-title {zh, en}; of a property with
 * x-enum-labels {CODE: {zh, en}} a cell may say the code or either label; true, false, 1, 0, 是, 否, yes and no are booleans. Empty cells are
 * absent members. Errors at "items/3/name" are told as "row/5/name", by the number that the spreadsheet shows. */
#ifndef HTTP_SHEET_BODY_H
#define HTTP_SHEET_BODY_H

#include "http/request.h"

enum { SHEET_BODY_ROWS = 5000, SHEET_BODY_BYTES = 4 << 20 };

/* r->json from the upload and the form's fields; row and body are schemas of the contract. */
struct error *sheet_body_read(struct request *r, json_t *row, json_t *body) MUST_CHECK;
/* The field of an error as the sender of a sheet knows it. */
const char *sheet_body_field(const struct request *r, const char *field);
/* Each of the body's items through take, all or none: {"created", "updated"}, or what is wrong with up to SCHEMA_MAX_ERRORS of them. */
struct error *batch_take(struct request *r, struct error *(*take)(struct request *r, json_t *item, bool *made)) MUST_CHECK;
/* The items (borrowed) as a download called name, .xlsx or .csv by the parameter "format" (absent: .xlsx). */
struct error *reply_sheet(struct request *r, const char *name, json_t *items) MUST_CHECK;

#endif

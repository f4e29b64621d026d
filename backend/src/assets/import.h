/* A row of a sheet becomes an asset: pure. The header names each column by field key, Chinese or English label, or by an
 * attribute of the class; columns that nobody knows are reported once and passed over. */
#ifndef ASSETS_IMPORT_H
#define ASSETS_IMPORT_H

#include "assets/asset.h"
#include "sheet/sheet.h"

enum { IMPORT_COLUMNS_MAX = 200 };

enum import_target { IMPORT_NOTHING, IMPORT_FIELD, IMPORT_ORG, IMPORT_EXPOSED, IMPORT_ADDRESS, IMPORT_ATTRIBUTE };
/* The columns that a sheet may have besides attributes, in the order of the template. */
struct import_title {
    const char *key, *zh, *en;
    enum import_target target;
    int which; /* field or kind of address */
};
extern const struct import_title import_titles[];
extern const size_t import_title_count;
/* "en" or anything else for zh-CN. */
const char *import_title_text(const struct import_title *t, const char *lang);
/* The code list of a column: "class", "category" and "yes_no" besides those of the catalogue; NULL: free text. */
const char *import_title_list(const struct import_title *t);

struct import_column {
    enum import_target target;
    int which;      /* field or kind of address */
    struct str key; /* of an attribute; the title of a column that nobody knows */
};
struct import_header {
    struct import_column column[IMPORT_COLUMNS_MAX];
    size_t n;
    const struct asset_class *class; /* of rows that name none; may be NULL */
};
/* ERR_INVALID when the row cannot be a header: no column for the name, or one named twice. */
struct error *import_header_read(struct arena *a, const struct catalogue *c, const struct sheet_row *row, struct str default_class,
                                 struct import_header *out) MUST_CHECK;

struct import_problem {
    int column; /* from 0; -1 the row as a whole */
    const char *code, *message;
};
/* The problem in the importer's words: "en" as it is, anything else zh-CN, by its code. */
const char *import_problem_text(const struct import_problem *p, const char *lang);
/* Fills x (organisation left to the caller: org is the cell's text); false with the problem when the row is rejected. */
bool import_row_read(struct arena *a, const struct import_header *h, const struct sheet_row *row, struct asset *x, struct str *org,
                     struct import_problem *problem);
/* The column of an attribute; -1: none. */
int import_attribute_column(const struct import_header *h, const char *key);
/* After the organisation is known: the asset's own rules. */
bool import_row_check(struct arena *a, const struct catalogue *c, const struct import_header *h, struct asset *x,
                      struct import_problem *problem);

#endif

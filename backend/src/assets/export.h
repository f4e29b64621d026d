/* The sheet of assets: which columns it has, and an asset as its cells. Pure. What it writes, the import reads. */
#ifndef ASSETS_EXPORT_H
#define ASSETS_EXPORT_H

#include "assets/import.h"

struct export_plan {
    const struct catalogue *catalogue; /* borrowed, as everything here */
    const struct org_stamp *org;       /* whose forms and lists; NULL: the columns of all, so that nothing is left out */
    const char *lang;                  /* "en" or anything else for zh-CN */
    struct sheet_column sheet[IMPORT_COLUMNS_MAX];
    const struct import_title *title[IMPORT_COLUMNS_MAX]; /* NULL: an attribute */
    const char *attribute[IMPORT_COLUMNS_MAX];            /* its key */
    size_t n;
};
/* The columns of one class, or of all (class NULL). choices: drop-down lists for code lists. */
void export_plan_make(struct arena *a, const struct catalogue *c, const struct asset_class *class, const struct org_stamp *org,
                      const char *lang, bool choices, struct export_plan *out);
/* One asset as out->n cells: codes as words, several addresses of a kind parted by "; ". */
void export_cells(struct arena *a, const struct export_plan *p, const struct asset *x, struct str org, struct str *cells);

#endif

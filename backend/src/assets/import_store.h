/* SQL of imports; inside assets/ only. */
#ifndef ASSETS_IMPORT_STORE_H
#define ASSETS_IMPORT_STORE_H

#include "assets/asset_store.h"
#include "queue/job.h"

enum import_outcome { IMPORT_CREATED, IMPORT_UPDATED, IMPORT_UNCHANGED, IMPORT_REJECTED, IMPORT_OUTCOMES };
struct import_result {
    int64_t row;
    enum import_outcome outcome;
    const char *asset_id;
    int64_t version;
    const char *column, *code, *message; /* of a rejected row */
};
struct error *import_results_write(struct job *j, const struct import_result *x, size_t n) MUST_CHECK;

/* Organisations that the importer's scope holds, by name and by credit code: id, name, uscc. */
struct error *import_orgs(struct services *s, struct arena *a, const struct scope *scope, struct rows *out) MUST_CHECK;

/* A job of the caller or inside its scope. Columns as import_api.c reads them. */
struct error *import_job_row(struct request *r, const char *id, struct rows *out, bool *found) MUST_CHECK;
struct error *import_job_rows(struct request *r, struct str kind, const struct page *p, struct rows *out) MUST_CHECK;
struct error *import_job_count(struct request *r, struct str kind, int64_t *out) MUST_CHECK;
struct error *import_result_rows(struct request *r, const char *id, struct str outcome, const struct page *p,
                                 struct rows *out) MUST_CHECK;
struct error *import_result_count(struct request *r, const char *id, struct str outcome, int64_t *out) MUST_CHECK;
/* Ids of the assets that an import has settled already. */
struct error *import_settled(struct services *s, struct arena *a, const char *id, struct rows *out) MUST_CHECK;
/* For the workbook of rejected rows: row_no, column_name, message. */
struct error *import_rejected(struct services *s, struct arena *a, const char *id, struct rows *out) MUST_CHECK;

#endif

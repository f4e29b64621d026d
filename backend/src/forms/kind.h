/* What may have forms. A feature says once that records of its kind carry form values, which codes they may be for, and how
 * those of a code are read one after another (attribute.h):
 *     FORM_KIND(asset, "资产", "Assets", asset_form_codes, asset_form_records_sql);
 * The statement takes :code, :after (an id) and :limit, holds the rows shared, and answers id, values (JSON or NULL) and the
 * columns of ORG_COLUMNS by id. */
#ifndef FORMS_KIND_H
#define FORMS_KIND_H

#include "forms/code.h"

struct form_kind {
    const char *name, *label_zh, *label_en;
    /* The codes, into the arena. */
    struct error *(*codes)(struct services *s, struct arena *a, const struct code_item **out, size_t *n);
    const struct sql_stmt *records;
};
#define FORM_KIND(id, zh, en, codes_function, records_sql)                                      \
    static const struct form_kind id##_form_kind = {#id, zh, en, codes_function, &records_sql}; \
    static const struct form_kind *const id##_form_kind_registered __attribute__((section("form_registry"), used)) = &id##_form_kind

/* What a field may refer to (x-ref): is there such a record for the caller, and what do sheets call it?
 *     FORM_REF(asset, asset_known, &asset_word_sql, &asset_meant_sql);
 * word answers, of :id, the text that stands in a sheet; meant the ids of :text (or of :id, where the text is one), at most 2; both may
 * use :org, the organisation of the record that refers, and see what the scope sees. NULL: no column of sheets. */
struct request;
struct form_ref {
    const char *name;
    struct error *(*known)(struct request *r, const char *id, bool *out);
    const struct sql_stmt *word, *meant;
};
#define FORM_REF(id, known_function, word_sql, meant_sql)                                                              \
    static const struct form_ref id##_form_ref = {#id, known_function, word_sql, meant_sql};                           \
    static const struct form_ref *const id##_form_ref_registered __attribute__((section("form_ref_registry"), used)) = \
        &id##_form_ref
const struct form_ref *form_ref_of(const char *name); /* NULL when nothing knows it */

/* NULL past the last one. */
const struct form_kind *form_kind_at(size_t i);
const struct form_kind *form_kind_of(struct str name);

#endif

/* SQL of dictionaries; inside forms/ only. realm is "" for the platform's own. */
#ifndef FORMS_DICTIONARY_STORE_H
#define FORMS_DICTIONARY_STORE_H

#include "forms/code.h"
#include "http/request.h"

struct dictionary_write {
    struct str realm, code, label_zh, label_en;
    const struct code_item *items;
    size_t count;
    int64_t version;
};
/* code, realm, realm's name, label_zh, label_en, shipped, version, updated_at, items. */
struct error *dictionary_rows(struct request *r, struct rows *out) MUST_CHECK;
/* label_zh, label_en, shipped, version, realm's name; of one that the caller may see. */
struct error *dictionary_row(struct request *r, struct str realm, struct str code, struct rows *out, bool *found) MUST_CHECK;
/* code, parent_code, label_zh, label_en, active. */
struct error *dictionary_items(struct request *r, struct str realm, struct str code, struct rows *out) MUST_CHECK;
struct error *dictionary_insert(struct request *r, const struct dictionary_write *w) MUST_CHECK;
/* All items take the place of those before. affected 0: another version. */
struct error *dictionary_change(struct request *r, const struct dictionary_write *w, uint64_t *affected) MUST_CHECK;
/* A shipped one stays: affected 0. */
struct error *dictionary_remove(struct request *r, struct str realm, struct str code, int64_t version,
                                uint64_t *affected) MUST_CHECK;
/* After the write, in its transaction: 409 when there are more than all processes keep. */
struct error *dictionary_room(struct request *r, const struct dictionary_write *w) MUST_CHECK;

#endif

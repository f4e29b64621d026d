/* SQL of form definitions; inside forms/ only. realm is "" for the platform's own. */
#ifndef FORMS_FORM_STORE_H
#define FORMS_FORM_STORE_H

#include "forms/form.h"
#include "http/request.h"

enum { FORMS_MAX = 1000 };

struct form_row {
    struct str id, realm, realm_name, kind, code, label_zh, label_en, state, draft, published, updated_by;
    int64_t n, version, updated_at;
};
/* id, realm, realm's name, kind, code, label_zh, label_en, state, n, has a draft, version, updated_at, updated_by. */
struct error *form_rows(struct request *r, struct str kind, struct rows *out) MUST_CHECK;
/* One that the caller may see, with its draft and the definition in force; locked until the transaction ends when lock. */
struct error *form_one(struct request *r, struct str id, bool lock, struct form_row *out, bool *found) MUST_CHECK;
/* n, note, published_at, published_by, definition (NULL unless n is asked for). n 0: all, newest first. */
struct error *form_version_rows(struct request *r, struct str id, int64_t n, struct rows *out) MUST_CHECK;
/* The form in force at a place; found false: none. */
struct error *form_in_force(struct request *r, struct str kind, struct str code, const struct org_stamp *org, struct form_row *out,
                            bool *found) MUST_CHECK;

struct error *form_insert(struct request *r, const struct form_row *f) MUST_CHECK;
/* label, draft and state; affected 0: another version. */
struct error *form_change(struct request *r, const struct form_row *f, uint64_t *affected) MUST_CHECK;
/* The draft becomes version n + 1, which is in force. */
struct error *form_publish_draft(struct request *r, const struct form_row *f, struct str note, uint64_t *affected) MUST_CHECK;
struct error *form_remove(struct request *r, struct str id, int64_t version, uint64_t *affected) MUST_CHECK;
struct error *form_room(struct request *r) MUST_CHECK;

#endif

/* Values that refer to records: are they there for the caller, and whose files are they. */
#include "forms/form_refs.h"
#include "files/files.h"
#include "forms/kind.h"

struct walk {
    struct request *r;
    json_t *before; /* values of the record as it was; NULL for a new one */
    json_t *files;
};

/* A reference that stood there before was right when it was made: it stays, also when the caller does not see it. */
static struct error *check(struct walk *w, const struct form_field *f, json_t *v, json_t *was, const char *at)
{
    const struct form_ref *ref = form_ref_of(f->ref);
    bool known = true;
    if (strcmp(f->ref, "file") == 0)
        json_array_append(w->files, v);
    else if (ref && !json_equal(v, was))
        TRY(ref->known(w->r, json_string_value(v), &known));
    return known ? NULL : invalid(w->r, at, "unknown", "there is no such record for you");
}

static struct error *fields(struct walk *w, const struct form_field *f, size_t n, json_t *values, json_t *before, const char *base)
{
    for (size_t i = 0; i < n; i++) {
        json_t *v = json_object_get(values, f[i].key), *was = json_object_get(before, f[i].key), *row;
        const char *at = arena_printf(w->r->arena, "%s/%s", base, f[i].key);
        size_t k;
        if (v && f[i].ref)
            TRY(check(w, &f[i], v, was, at));
        json_array_foreach(f[i].widget == FORM_TABLE ? v : NULL, k, row)
            TRY(fields(w, f[i].columns, f[i].column_count, row, json_array_get(was, k),
                       arena_printf(w->r->arena, "%s/%zu", at, k)));
    }
    return NULL;
}

static void drop_json(void *p)
{
    json_decref(p);
}

struct error *form_refs_check(struct request *r, const struct form *f, const char *subject_kind, const char *subject_id,
                              json_t *values, json_t *before, const char *base)
{
    struct walk w = {.r = r, .before = before, .files = json_array()};
    const char *bad = NULL;
    arena_cleanup(r->arena, drop_json, w.files);
    TRY(fields(&w, f->fields, f->count, values, before, base));
    TRY(file_attach(r, subject_kind, subject_id, w.files, &bad));
    return bad ? invalid(r, base, "unknown_file", "not an upload of yours that is still free") : NULL;
}

/* Records that fields refer to: are they there for the caller, and what sheets call them. */
#include <stdlib.h>

#include "forms/form_refs.h"
#include "forms/kind.h"
#include "kernel/id.h"
#include "org/org.h"

/* ---- organisations and people ---- */
#define ORG_WORD(S, IX) "SELECT o.name FROM orgs o WHERE o.id = :id AND" S(o)
SQL_SCOPED(ref_org_word_sql, ORG_WORD);
#define ORG_MEANT(S, IX) \
    "SELECT o.id FROM orgs o WHERE (o.name = :text OR o.uscc = :text OR o.id = :id) AND o.state = 'active' AND" S(o) " LIMIT 2"
SQL_SCOPED(ref_org_meant_sql, ORG_MEANT);
/* A name says who somebody is only inside the organisation of the record. */
#define PERSON_WORD(S, IX) "SELECT IF(p.org_id = :org, p.name, CAST(p.id AS CHAR(36))) FROM people p WHERE p.id = :id AND" S(p)
SQL_SCOPED(ref_person_word_sql, PERSON_WORD);
#define PERSON_MEANT(S, IX) \
    "SELECT p.id FROM people p WHERE ((p.name = :text AND p.org_id = :org) OR p.id = :id) AND" S(p) " LIMIT 2"
SQL_SCOPED(ref_person_meant_sql, PERSON_MEANT);

static struct error *org_known(struct request *r, const char *id, bool *out)
{
    struct org_stamp stamp;
    return org_stamp_in_scope(r->db, r->arena, &r->who->scope, id, &stamp, out);
}
FORM_REF(org, org_known, &ref_org_word_sql, &ref_org_meant_sql);

static struct error *person_known(struct request *r, const char *id, bool *out)
{
    return person_in_scope(r->db, r->arena, &r->who->scope, id, out);
}
FORM_REF(person, person_known, &ref_person_word_sql, &ref_person_meant_sql);

/* ---- in sheets ---- */
enum { REMEMBERED = 20000, REMEMBERED_BYTES = 32 << 20 };
struct known {
    const char *key; /* "person<org><text or id>" */
    struct str answer;
};
struct ref_words {
    struct services *s;
    struct arena *a; /* of what is remembered: chunks of a job come and go */
    struct scope scope;
    struct known *list; /* by key */
    size_t n, cap;
};

static void forget(void *arena)
{
    arena_free(arena);
}

struct ref_words *ref_words_new(struct services *s, struct arena *a, const struct scope *scope)
{
    struct ref_words *w = arena_zalloc(a, sizeof *w);
    *w = (struct ref_words){.s = s, .a = arena_new(REMEMBERED_BYTES), .scope = *scope};
    arena_cleanup(a, forget, w->a);
    return w;
}

/* Where the key is or belongs. */
static size_t place_of(const struct ref_words *w, const char *key)
{
    size_t from = 0, to = w->n;
    while (from < to) {
        size_t mid = (from + to) / 2;
        if (strcmp(w->list[mid].key, key) < 0)
            from = mid + 1;
        else
            to = mid;
    }
    return from;
}

static void remember(struct ref_words *w, size_t at, const char *key, struct str answer)
{
    if (w->n == w->cap) {
        struct known *more = arena_array(w->a, w->cap = 2 * w->cap + 64, sizeof *more);
        if (w->n)
            memcpy(more, w->list, w->n * sizeof *more);
        w->list = more;
    }
    memmove(&w->list[at + 1], &w->list[at], (w->n++ - at) * sizeof *w->list);
    w->list[at] = (struct known){arena_strdup(w->a, key), answer};
}

/* The one row that answers; empty when there is none, or several. */
static struct error *ask(struct ref_words *w, struct arena *a, const struct sql_stmt *statement, const char *key, struct str text,
                         const struct org_stamp *org, struct str *out)
{
    size_t found = 0, at;
    struct rows rows;
    if (w->n == REMEMBERED) {
        arena_reset(w->a);
        w->list = NULL;
        w->n = w->cap = 0;
    }
    at = place_of(w, key);
    if (at < w->n && strcmp(w->list[at].key, key) == 0) {
        *out = w->list[at].answer;
        return NULL;
    }
    TRY(db_query(w->s->db, a, statement,
                 ARGS(A_SCOPE(&w->scope), A_STR("text", text), A_OPT("id", id_valid(text) ? text : STR("")),
                      A_OPT("org", str_of(org->org_id))),
                 &rows));
    *out = STR("");
    for (; rows_next(&rows); found++)
        *out = str_of(row_dup(&rows, w->a, 0));
    TRY(rows_end(&rows));
    if (found != 1)
        *out = STR("");
    remember(w, at, key, *out);
    return NULL;
}

static struct error *one(struct ref_words *w, struct arena *a, const struct form_field *f, struct str text,
                         const struct org_stamp *org, bool meant, struct str *out)
{
    const struct form_ref *ref = form_ref_of(f->ref);
    const struct sql_stmt *statement = ref ? (meant ? ref->meant : ref->word) : NULL;
    *out = STR("");
    if (!statement)
        return NULL;
    return ask(w, a, statement, arena_printf(a, "%c%s %s " STR_FMT, meant ? 'm' : 'w', f->ref, org->org_id, STR_ARG(text)), text,
               org, out);
}

static void drop_text(void *p)
{
    free(p);
}

/* Each reference of the values through the table, one way or the other; values that have none are not looked into. */
static struct error *translate(struct ref_words *w, struct arena *a, const struct form *form, const struct org_stamp *org,
                               bool meant, struct str *values, const char **unknown)
{
    json_t *all = NULL;
    struct error *e = NULL;
    *unknown = NULL;
    for (size_t i = 0; form && values->n && i < form->count && !e && !*unknown; i++) {
        const struct form_field *f = &form->fields[i];
        if (!f->ref || !form_field_in_sheets(f) || (!all && !(all = json_loadb(values->p, values->n, 0, NULL))))
            continue;
        json_t *v = json_object_get(all, f->key);
        struct str other = STR("");
        if (!json_string_length(v))
            continue;
        e = one(w, a, f, str_of(json_string_value(v)), org, meant, &other);
        if (other.n)
            json_object_set_new(all, f->key, json_stringn(other.p, other.n));
        else if (!e && meant)
            *unknown = f->key;
    }
    char *text = all && !e ? json_dumps(all, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    if (text) {
        arena_cleanup(a, drop_text, text);
        *values = str_of(text);
    }
    json_decref(all);
    return e;
}

struct error *ref_words_said(struct ref_words *w, struct arena *a, const struct form *form, const struct org_stamp *org,
                             struct str *values)
{
    const char *unknown;
    return translate(w, a, form, org, false, values, &unknown);
}

struct error *ref_words_meant(struct ref_words *w, struct arena *a, const struct form *form, const struct org_stamp *org,
                              struct str *values, const char **unknown)
{
    return translate(w, a, form, org, true, values, unknown);
}

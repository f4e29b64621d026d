/* /people. Numbers and addresses are sealed at rest and masked wherever people are listed; whole they are read one person at a
 * time, by whoever has person.secret, each time with a row in the audit trail. */
#include "http/services.h"
#include "http/sheet_body.h"
#include "json/write.h"
#include "kernel/id.h"
#include "org/org.h"
#include "org/person_store.h"

struct error *person_list(struct request *r);
struct error *person_get(struct request *r);
struct error *person_create(struct request *r);
struct error *person_update(struct request *r);
struct error *person_delete(struct request *r);
struct error *person_contact(struct request *r);
struct error *person_batch(struct request *r);
struct error *person_sheet(struct request *r);

static const char *const field_of[PERSON_SECRETS] = {"phone", "mobile", "email"};
static const char *const context_of[PERSON_SECRETS] = {"people.phone", "people.mobile", "people.email"};

/* 138****5678; z***@example.cn */
static struct str mask(struct request *r, enum person_secret which, struct str plain)
{
    char *out = str_dup(r->arena, plain);
    size_t from = 3, to = plain.n > 7 ? plain.n - 4 : plain.n;
    if (which == PERSON_EMAIL) {
        const char *at = memchr(plain.p, '@', plain.n);
        from = 1;
        to = at ? (size_t)(at - plain.p) : plain.n;
    }
    for (size_t i = from; i < to; i++)
        out[i] = '*';
    return (struct str){out, plain.n};
}

static struct error *read_numbers(struct request *r, struct rows *x, struct str plain[PERSON_SECRETS])
{
    for (unsigned i = 0; i < PERSON_SECRETS; i++) {
        plain[i] = (struct str){0};
        if (!row_null(x, 6 + i))
            TRY(secret_get(r->services->keys, r->arena, context_of[i], row_text(x, 6 + i), &plain[i]));
    }
    return NULL;
}

static struct error *put_person(struct request *r, struct jw *w, struct rows *x)
{
    struct str plain[PERSON_SECRETS];
    TRY(read_numbers(r, x, plain));
    jw_object_begin(w, NULL);
    jw_str(w, "id", row_text(x, 0));
    jw_str(w, "org_id", row_text(x, 1));
    jw_str(w, "org_name", row_text(x, 2));
    jw_str(w, "name", row_text(x, 3));
    jw_row_text(w, "title", x, 4);
    jw_str(w, "duty", row_text(x, 5));
    for (unsigned i = 0; i < PERSON_SECRETS; i++)
        jw_opt(w, field_of[i], plain[i].p ? mask(r, i, plain[i]) : plain[i]);
    jw_int(w, "version", row_int(x, 9));
    jw_row_time(w, "updated_at", x, 10);
    jw_object_end(w);
    return NULL;
}

/* What may be a number or an address is looked for exactly, by its blind index. */
static void number_of(struct request *r, struct person_number *out)
{
    struct str q = str_trim(param_str(r, "q"));
    size_t digits = 0;
    for (size_t i = 0; i < q.n; i++)
        digits += q.p[i] >= '0' && q.p[i] <= '9';
    out->given = digits >= 7 || (q.n && memchr(q.p, '@', q.n));
    for (unsigned i = 0; out->given && i < PERSON_SECRETS; i++)
        blind_index(r->services->keys, context_of[i], q, out->index[i]);
}

struct error *person_list(struct request *r)
{
    struct page p;
    struct rows rows;
    int64_t total;
    struct person_number number;
    TRY(page_of(r, &p));
    number_of(r, &number);
    TRY(person_count(r, &number, &total));
    TRY(person_rows(r, &number, &p, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows))
        TRY(put_person(r, &w, &rows));
    TRY(rows_end(&rows));
    return list_end(r, &p, total, NULL);
}

static struct error *read_person(struct request *r, const char *id, struct str *out, int64_t *version, struct org_stamp *org)
{
    struct rows rows;
    bool found;
    TRY(person_row(r, id, &rows, &found));
    if (!found)
        return not_found(r);
    struct buf b = buf_new(r->arena, 512, 64 * 1024);
    struct jw w = jw_of(&b);
    TRY(put_person(r, &w, &rows));
    *out = buf_done(&b);
    *version = row_int(&rows, 9);
    char *org_id = row_dup(&rows, r->arena, 1);
    TRY(rows_end(&rows));
    return org ? org_stamp_get(r->db, r->arena, org_id, org, &found) : NULL;
}

static struct error *answer(struct request *r, int status, const char *id)
{
    struct str text;
    int64_t version;
    TRY(read_person(r, id, &text, &version, NULL));
    buf_str(&r->reply, text);
    return reply_written(r, status);
}

struct error *person_get(struct request *r)
{
    return answer(r, 200, param_str(r, "id").p);
}

struct error *person_contact(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct rows x;
    struct str plain[PERSON_SECRETS];
    struct org_stamp org;
    bool found;
    TRY(person_row(r, id, &x, &found));
    if (!found)
        return not_found(r);
    TRY(read_numbers(r, &x, plain));
    char *org_id = row_dup(&x, r->arena, 1);
    TRY(rows_end(&x));
    TRY(org_stamp_get(r->db, r->arena, org_id, &org, &found));
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    for (unsigned i = 0; i < PERSON_SECRETS; i++)
        jw_opt(&w, field_of[i], plain[i]);
    jw_object_end(&w);
    request_audit(r, "person", id, &org, STR(""), STR(""));
    return reply_written(r, 200);
}

static struct error *seal(struct request *r, json_t *from, struct person_record *x)
{
    for (unsigned i = 0; i < PERSON_SECRETS; i++) {
        struct str plain = json_str(from, field_of[i]);
        x->given[i] = json_object_get(from, field_of[i]) != NULL;
        if (!plain.n)
            continue;
        if (memchr(plain.p, '*', plain.n))
            return invalid(r, field_of[i], "masked", "this is the masked form; leave the field out to keep what is stored");
        TRY(secret_put(r->services->keys, r->arena, context_of[i], plain, &x->sealed[i]));
        unsigned char *index = arena_alloc(r->arena, BLIND_BYTES);
        blind_index(r->services->keys, context_of[i], plain, index);
        x->index[i] = (struct str){(const char *)index, BLIND_BYTES};
    }
    return NULL;
}

static struct error *record_of(struct request *r, json_t *from, struct person_record *x)
{
    *x = (struct person_record){.name = json_str(from, "name"),
                                .title = json_str(from, "title"),
                                .title_given = json_object_get(from, "title") != NULL,
                                .duty = json_str(from, "duty"),
                                .version = json_integer_value(json_object_get(from, "version"))};
    return seal(r, from, x);
}

static struct error *insert(struct request *r, struct person_record *x, const struct org_stamp *org)
{
    struct str text;
    int64_t version;
    memcpy(x->id, id_new().s, sizeof x->id);
    TRY(person_insert(r, x, org));
    TRY(read_person(r, x->id, &text, &version, NULL));
    request_audit(r, "person", x->id, org, STR(""), text);
    return NULL;
}

static struct error *change(struct request *r, const struct person_record *x)
{
    struct org_stamp org;
    struct str before, after;
    int64_t version;
    uint64_t n;
    TRY(read_person(r, x->id, &before, &version, &org));
    TRY(person_change(r, x, &n));
    if (!n)
        return stale_version(r, version);
    TRY(read_person(r, x->id, &after, &version, NULL));
    request_audit(r, "person", x->id, &org, before, after);
    return NULL;
}

struct error *person_create(struct request *r)
{
    struct org_stamp org;
    struct person_record x;
    bool found;
    TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, body_str(r, "org_id").p, &org, &found));
    if (!found)
        return invalid(r, "org_id", "unknown", "no such organisation in your scope");
    TRY(record_of(r, r->json, &x));
    TRY(insert(r, &x, &org));
    return answer(r, 201, x.id);
}

struct error *person_update(struct request *r)
{
    struct person_record x;
    TRY(record_of(r, r->json, &x));
    memcpy(x.id, param_str(r, "id").p, sizeof x.id);
    TRY(change(r, &x));
    return answer(r, 200, x.id);
}

/* ---- many at once ---- */
/* One of that name in the organisation is changed in what the row says, otherwise there is a new one. */
static struct error *take_row(struct request *r, json_t *row, bool *made)
{
    struct org_stamp org;
    struct person_record x;
    size_t n;
    bool found;
    TRY(org_meant(r->db, r->arena, &r->who->scope, json_str(row, "org"), &org, &found));
    if (!found)
        return invalid(r, "org", "unknown", "no such organisation in your scope, or several of this name");
    TRY(record_of(r, row, &x));
    TRY(person_named(r, org.org_id, x.name, x.id, &x.version, &n));
    if (n > 1)
        return invalid(r, "name", "several", "several people of this organisation have this name; change them one by one");
    *made = n == 0;
    return n ? change(r, &x) : insert(r, &x, &org);
}

struct error *person_batch(struct request *r)
{
    return batch_take(r, take_row);
}

static void drop_json(void *p)
{
    json_decref(p);
}

struct error *person_sheet(struct request *r)
{
    const struct page all = {.page = 1, .size = SHEET_BODY_ROWS, .offset = 0};
    struct rows x;
    struct str plain[PERSON_SECRETS];
    struct person_number number;
    int64_t total;
    json_t *items = json_array();
    arena_cleanup(r->arena, drop_json, items);
    number_of(r, &number);
    TRY(person_count(r, &number, &total));
    if (total > SHEET_BODY_ROWS)
        return conflict(r, "at most %d people at a time; choose an organisation", SHEET_BODY_ROWS);
    TRY(person_rows(r, &number, &all, &x));
    while (rows_next(&x)) {
        TRY(read_numbers(r, &x, plain));
        json_t *row = json_pack("{s:s%,s:s%,s:s%,s:s%}", "org", row_text(&x, 2).p, row_text(&x, 2).n, "name", row_text(&x, 3).p,
                                row_text(&x, 3).n, "title", row_text(&x, 4).n ? row_text(&x, 4).p : "", row_text(&x, 4).n, "duty",
                                row_text(&x, 5).p, row_text(&x, 5).n);
        for (unsigned i = 0; i < PERSON_SECRETS; i++)
            if (plain[i].n)
                json_object_set_new(row, field_of[i], json_stringn(plain[i].p, plain[i].n));
        json_array_append_new(items, row);
    }
    TRY(rows_end(&x));
    request_audit(r, "export", NULL, &r->who->org, STR(""), str_of(arena_printf(r->arena, "{\"people\":%lld}", (long long)total)));
    return reply_sheet(r, strcmp(r->lang, "en") == 0 ? "people" : "人员名录", items);
}

struct error *person_delete(struct request *r)
{
    const char *id = param_str(r, "id").p;
    struct org_stamp org;
    struct str before;
    int64_t version;
    uint64_t n;
    TRY(read_person(r, id, &before, &version, &org));
    TRY(person_remove(r, id, &n));
    request_audit(r, "person", id, &org, before, STR(""));
    return n ? reply_empty(r, 204) : not_found(r);
}

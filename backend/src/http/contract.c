#include "http/contract.h"

#include "http/sheet_body.h"
#include "json/read.h"

enum { MAX_SEGMENTS = REQUEST_MAX_SEGMENTS, JSON_DEPTH = 32 };

struct entry {
    const struct route *route;
    struct str segment[MAX_SEGMENTS]; /* p == NULL: a parameter */
    const char *param[MAX_SEGMENTS];
    size_t segments, params;
    struct schema *body;
    json_t *body_json, *sheet; /* of a route with sheets */
    struct schema **schemas;   /* one for each route->params */
    struct entry *next;
};

struct contract {
    struct entry *bucket[MAX_SEGMENTS + 1]; /* by number of segments */
};

static void split_path(struct arena *boot, struct entry *e)
{
    struct str rest = str_of(e->route->path + 1);
    while (rest.n && e->segments < MAX_SEGMENTS) {
        struct str s = str_cut(&rest, '/');
        if (s.n > 2 && s.p[0] == '{') {
            e->param[e->segments] = arena_strndup(boot, s.p + 1, s.n - 2);
            e->params++;
        } else {
            e->segment[e->segments] = s;
        }
        e->segments++;
    }
}

static struct error *compile(struct arena *boot, const char *text, json_t *document, struct schema **out)
{
    json_error_t why;
    json_t *schema = json_loads(text, JSON_DECODE_ANY, &why);
    if (!schema)
        return error_new(boot, ERR_INTERNAL, "contract: %s", why.text);
    struct error *e = NULL;
    *out = schema_compile(boot, schema, document, &e);
    return e;
}

/* What a schema that is only a reference stands for. */
static json_t *resolved(json_t *document, json_t *schema)
{
    const char *ref = json_string_value(json_object_get(schema, "$ref"));
    const char *name = ref ? strrchr(ref, '/') : NULL;
    return name ? json_object_get(json_object_get(json_object_get(document, "components"), "schemas"), name + 1) : schema;
}

static struct error *compile_entry(struct arena *boot, struct entry *e, json_t *document)
{
    if (e->route->schema_json)
        TRY(compile(boot, e->route->schema_json, document, &e->body));
    if (e->route->sheet) {
        e->sheet = json_object_get(json_object_get(json_object_get(document, "components"), "schemas"), e->route->sheet);
        e->body_json = e->route->schema_json ? resolved(document, json_loads(e->route->schema_json, 0, NULL)) : NULL;
        if (!e->sheet)
            return error_new(boot, ERR_INTERNAL, "contract: no schema %s", e->route->sheet);
    }
    e->schemas = arena_array(boot, e->route->param_count + 1, sizeof *e->schemas);
    for (size_t i = 0; i < e->route->param_count; i++)
        TRY(compile(boot, e->route->params[i].schema_json, document, &e->schemas[i]));
    return NULL;
}

struct error *contract_load(struct arena *boot, struct contract **out)
{
    json_error_t why;
    json_t *document = json_loadb(openapi_json, openapi_json_len, 0, &why);
    if (!document)
        return error_new(boot, ERR_INTERNAL, "openapi.json: %s", why.text);
    struct contract *c = arena_zalloc(boot, sizeof *c);
    for (size_t i = 0; i < route_count; i++) {
        struct entry *e = arena_zalloc(boot, sizeof *e);
        e->route = &routes[i];
        split_path(boot, e);
        TRY(compile_entry(boot, e, document));
        e->next = c->bucket[e->segments];
        c->bucket[e->segments] = e;
    }
    *out = c;
    return NULL;
}

static bool matches(const struct entry *e, const struct str *segment)
{
    for (size_t i = 0; i < e->segments; i++)
        if (e->segment[i].p ? !str_eq(e->segment[i], segment[i]) : segment[i].n == 0)
            return false;
    return true;
}

static size_t split_request(struct str path, struct str segment[MAX_SEGMENTS])
{
    size_t n = 0;
    if (!path.n || path.p[0] != '/')
        return 0;
    struct str rest = {path.p + 1, path.n - 1};
    while (n < MAX_SEGMENTS && rest.n)
        segment[n++] = str_cut(&rest, '/');
    return rest.n ? 0 : n;
}

/* Of a query or form: + is a space. NULL text when an escape is broken, a NUL comes out, or it is not UTF-8. */
static struct str url_decode(struct arena *a, struct str s)
{
    char *out = arena_alloc(a, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        if (c == '%') {
            if (i + 2 >= s.n || !hex_decode((struct str){s.p + i + 1, 2}, &c, 1) || c == 0)
                return (struct str){NULL, 0};
            i += 2;
        } else if (c == '+') {
            c = ' ';
        }
        out[n++] = (char)c;
    }
    out[n] = '\0';
    struct str decoded = {out, n};
    return str_utf8(decoded, NULL) ? decoded : (struct str){NULL, 0};
}

/* Whoever may GET may ask for the header alone. */
static bool takes(const struct route *route, struct str method)
{
    return str_is(method, route->method) || (str_is(method, "HEAD") && strcmp(route->method, "GET") == 0);
}

static const struct entry *find(const struct contract *c, struct request *r, struct str *segment, bool *path_known)
{
    size_t n = split_request(r->path, segment);
    const struct entry *best = NULL;
    *path_known = false;
    for (const struct entry *e = n ? c->bucket[n] : NULL; e; e = e->next) {
        if (!matches(e, segment))
            continue;
        *path_known = true;
        if (takes(e->route, r->method) && (!best || e->params < best->params))
            best = e;
    }
    return best;
}

struct error *contract_route(const struct contract *c, struct request *r)
{
    struct str segment[MAX_SEGMENTS];
    bool path_known;
    const struct entry *e = find(c, r, segment, &path_known);
    if (!e)
        return error_field(r->arena, path_known ? ERR_METHOD : ERR_NOT_FOUND, path_known ? "method" : "path", "unknown",
                           path_known ? "this address does not take this method" : "no such address");
    r->route = e->route;
    r->matched = e;
    for (size_t i = 0; i < e->segments; i++)
        r->segment[i] = segment[i];
    return NULL;
}

json_t *contract_sheet(const struct request *r)
{
    return ((const struct entry *)r->matched)->sheet;
}

const char *contract_allow(const struct contract *c, struct request *r)
{
    struct str segment[MAX_SEGMENTS];
    size_t n = split_request(r->path, segment);
    struct buf b = buf_new(r->arena, 64, 256);
    for (const struct entry *e = n ? c->bucket[n] : NULL; e; e = e->next) {
        if (!matches(e, segment))
            continue;
        if (b.n)
            buf_lit(&b, ", ");
        buf_z(&b, e->route->method);
        if (strcmp(e->route->method, "GET") == 0)
            buf_lit(&b, ", HEAD");
    }
    return buf_done(&b).p;
}

static struct error *put_param(struct request *r, const struct entry *e, size_t i, struct str value)
{
    const char *name = e->route->params[i].name;
    if (!value.p || !str_utf8(value, NULL))
        return error_field(r->arena, ERR_BAD_PARAMETER, name, "encoding", "the parameter is not valid percent-encoded UTF-8");
    json_t *v;
    TRY(schema_check_param(r->arena, e->schemas[i], name, value, &v));
    json_object_set_new_nocheck(r->params, name, v);
    return NULL;
}

static bool param_index(const struct route *route, struct str name, bool in_path, size_t *out)
{
    for (size_t i = 0; i < route->param_count; i++)
        if (route->params[i].in_path == in_path && str_is(name, route->params[i].name)) {
            *out = i;
            return true;
        }
    return false;
}

static struct error *query_params(struct request *r, const struct entry *e)
{
    struct str rest = r->query;
    while (rest.n) {
        struct str value = str_cut(&rest, '&');
        if (!value.n)
            continue;
        struct str name = str_cut(&value, '=');
        size_t i;
        if (!param_index(e->route, name, false, &i)) {
            const char *shown = arena_strndup(r->arena, name.p, name.n < 64 ? name.n : 64);
            return error_field(r->arena, ERR_BAD_PARAMETER, str_utf8(str_of(shown), NULL) ? shown : "?", "unknown_field",
                               "no such parameter");
        }
        if (!value.n)
            continue; /* name= says nothing */
        if (json_object_get(r->params, e->route->params[i].name))
            return error_field(r->arena, ERR_BAD_PARAMETER, e->route->params[i].name, "duplicate", "given twice");
        TRY(put_param(r, e, i, url_decode(r->arena, value)));
    }
    return NULL;
}

static void drop_json_ref(void *p)
{
    json_decref(p);
}

struct error *contract_params(const struct contract *c, struct request *r)
{
    (void)c;
    const struct entry *e = r->matched;
    r->params = json_object();
    arena_cleanup(r->arena, drop_json_ref, r->params);
    for (size_t s = 0; s < e->segments; s++) {
        size_t i;
        if (!e->param[s] || !param_index(e->route, str_of(e->param[s]), true, &i))
            continue;
        struct error *bad = put_param(r, e, i, r->segment[s]);
        if (bad) /* an id that is no id is a record that does not exist */
            return error_field(r->arena, ERR_NOT_FOUND, e->param[s], "format", "no such record");
    }
    TRY(query_params(r, e));
    for (size_t i = 0; i < e->route->param_count; i++)
        if (e->route->params[i].required && !json_object_get(r->params, e->route->params[i].name))
            return error_field(r->arena, ERR_BAD_PARAMETER, e->route->params[i].name, "required", "this parameter is needed");
    return NULL;
}

/* application/x-www-form-urlencoded as an object of strings. */
static struct error *read_form(struct request *r)
{
    struct str rest = r->body;
    r->json = json_object();
    arena_cleanup(r->arena, drop_json_ref, r->json);
    while (rest.n) {
        struct str pair = str_cut(&rest, '&');
        if (!pair.n)
            continue;
        struct str name = url_decode(r->arena, str_cut(&pair, '=')), value = url_decode(r->arena, pair);
        if (!name.p || !value.p)
            return error_field(r->arena, ERR_MALFORMED, "body", "encoding", "the form is not valid percent-encoded UTF-8");
        if (json_object_get(r->json, name.p))
            return error_field(r->arena, ERR_DUPLICATE_KEY, name.p, "duplicate", "the field is given twice");
        json_object_set_new(r->json, name.p, json_stringn(value.p, value.n));
    }
    return NULL;
}

/* A form with files has the one part "file" and, but for sheets, whose schema says which, no field beside it. */
static struct error *check_parts(struct request *r, const struct entry *e)
{
    const char *other = e->sheet ? NULL : json_object_iter_key(json_object_iter(r->json));
    for (size_t i = 0; i < r->upload_count && !other; i++)
        if (strcmp(r->uploads[i].field, "file") != 0)
            other = r->uploads[i].field;
    if (other)
        return error_field(r->arena, ERR_INVALID, other, "unknown_field", "there is no such part");
    if (r->upload_count > 1)
        return error_field(r->arena, ERR_INVALID, "file", "max_items", "one file at a time");
    return NULL;
}

struct error *contract_body(const struct contract *c, struct request *r)
{
    (void)c;
    const struct entry *e = r->matched;
    if (r->body_kind == BODY_MULTIPART) {
        TRY(check_parts(r, e));
        if (!e->sheet)
            return NULL;
        TRY(sheet_body_read(r, e->sheet, e->body_json));
        return schema_check(r->arena, e->body, r->json, "");
    }
    if (r->body_kind == BODY_FORM)
        TRY(read_form(r));
    else if (r->body_kind == BODY_JSON)
        TRY(json_read(r->arena, r->body, JSON_DEPTH, &r->json));
    else
        return NULL;
    return e->body ? schema_check(r->arena, e->body, r->json, "") : NULL;
}

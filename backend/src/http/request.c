#include "http/request.h"

#include "kernel/clock.h"

#include "json/write.h"

static json_t *member(const json_t *object, const char *name)
{
    json_t *v = object ? json_object_get(object, name) : NULL;
    return v && !json_is_null(v) ? v : NULL;
}

struct str json_str(const json_t *object, const char *name)
{
    json_t *v = member(object, name);
    if (!json_is_string(v))
        return (struct str){NULL, 0};
    return (struct str){json_string_value(v), json_string_length(v)};
}

static int64_t int_of(const json_t *object, const char *name, int64_t absent)
{
    json_t *v = member(object, name);
    if (json_is_real(v)) /* 3.0 is an integer to the schema, which bounds it to what a double holds exactly */
        return (int64_t)json_real_value(v);
    return json_is_integer(v) ? json_integer_value(v) : absent;
}

static bool bool_of(const json_t *object, const char *name, bool absent)
{
    json_t *v = member(object, name);
    return json_is_boolean(v) ? json_is_true(v) : absent;
}

struct str param_str(const struct request *r, const char *name)
{
    return json_str(r->params, name);
}

bool param_has(const struct request *r, const char *name)
{
    return member(r->params, name) != NULL;
}

int64_t param_int(const struct request *r, const char *name, int64_t absent)
{
    return int_of(r->params, name, absent);
}

bool param_bool(const struct request *r, const char *name, bool absent)
{
    return bool_of(r->params, name, absent);
}

struct str body_str(const struct request *r, const char *name)
{
    return json_str(r->json, name);
}

int64_t body_int(const struct request *r, const char *name, int64_t absent)
{
    return int_of(r->json, name, absent);
}

bool body_bool(const struct request *r, const char *name, bool absent)
{
    return bool_of(r->json, name, absent);
}

/* The contract has checked the format. */
static int64_t time_of(struct str text, int64_t absent)
{
    int64_t us = absent;
    return text.n && clock_parse_rfc3339(text, &us) ? us : absent;
}

int64_t param_time(const struct request *r, const char *name, int64_t absent)
{
    return time_of(param_str(r, name), absent);
}

int64_t body_time(const struct request *r, const char *name, int64_t absent)
{
    return body_given(r, name) ? time_of(body_str(r, name), 0) : absent;
}

bool body_has(const struct request *r, const char *name)
{
    return member(r->json, name) != NULL;
}

bool body_given(const struct request *r, const char *name)
{
    return json_object_get(r->json, name) != NULL;
}

json_t *body_get(const struct request *r, const char *name)
{
    return member(r->json, name);
}

const struct upload *request_upload(const struct request *r, const char *field)
{
    for (size_t i = 0; i < r->upload_count; i++)
        if (strcmp(r->uploads[i].field, field) == 0 || r->uploads[i].field[0] == '\0')
            return &r->uploads[i];
    return NULL;
}

/* ---- replies ---- */
static int dump_into(const char *p, size_t n, void *buf)
{
    buf_put(buf, p, n);
    return 0;
}

struct error *reply_json(struct request *r, int status, json_t *take)
{
    int failed = json_dump_callback(take, dump_into, &r->reply, JSON_COMPACT);
    json_decref(take);
    if (failed)
        return error_new(r->arena, ERR_INTERNAL, "the answer could not be written");
    return reply_written(r, status);
}

struct error *reply_written(struct request *r, int status)
{
    if (r->reply.full)
        return error_new(r->arena, ERR_INTERNAL, "the answer is larger than %zu bytes", r->reply.max);
    r->status = status;
    return NULL;
}

struct error *reply_empty(struct request *r, int status)
{
    r->status = status;
    return NULL;
}

struct error *reply_accepted(struct request *r, const char *id)
{
    buf_printf(&r->reply, "{\"id\":\"%s\"}", id);
    return reply_written(r, 202);
}

struct error *reply_file(struct request *r, const char *sha256_hex, const char *name, const char *type)
{
    r->send_file = arena_printf(r->arena, "%.2s/%.2s/%s", sha256_hex, sha256_hex + 2, sha256_hex);
    r->send_as = name;
    r->reply_type = type;
    r->status = 200;
    return NULL;
}

/* ---- short errors ---- */
struct error *not_found(struct request *r)
{
    return error_new(r->arena, ERR_NOT_FOUND, "no such record in your scope");
}

struct error *invalid(struct request *r, const char *field, const char *rule, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *detail = arena_vprintf(r->arena, fmt, ap);
    va_end(ap);
    return error_field(r->arena, ERR_INVALID, field, rule, "%s", detail);
}

struct error *conflict(struct request *r, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    const char *detail = arena_vprintf(r->arena, fmt, ap);
    va_end(ap);
    return error_new(r->arena, ERR_CONFLICT, "%s", detail);
}

struct error *stale_version(struct request *r, int64_t now)
{
    return error_field(r->arena, ERR_STALE_VERSION, "version", "stale", "%lld", (long long)now);
}

void request_audit(struct request *r, const char *subject_kind, const char *subject_id, const struct org_stamp *org,
                   struct str before, struct str after)
{
    struct audit_note *n = arena_zalloc(r->arena, sizeof *n);
    *n = (struct audit_note){.subject_kind = subject_kind,
                             .subject_id = subject_id ? arena_strdup(r->arena, subject_id) : NULL,
                             .before = before,
                             .after = after,
                             .result = "ok"};
    if (org)
        n->org = *org;
    if (!r->audit_tail)
        r->audit_tail = &r->audit;
    *r->audit_tail = n;
    r->audit_tail = &n->next;
}

/* ---- lists ---- */
struct error *page_of(struct request *r, struct page *out)
{
    out->page = param_int(r, "page", 1);
    out->size = param_int(r, "size", 20);
    out->offset = (out->page - 1) * out->size;
    if (out->page * out->size > PAGE_DEPTH_MAX)
        return error_field(r->arena, ERR_BAD_PARAMETER, "page", "maximum", "pages end at row %d; go on with the after= cursor",
                           PAGE_DEPTH_MAX);
    return NULL;
}

void list_begin(struct request *r)
{
    buf_lit(&r->reply, "{\"items\":[");
}

struct error *list_end_whole(struct request *r)
{
    buf_lit(&r->reply, "]}");
    return reply_written(r, 200);
}

struct error *list_end(struct request *r, const struct page *p, int64_t counted, const char *after)
{
    bool more = counted > TOTAL_CAP && !str_is(param_str(r, "total"), "exact");
    buf_lit(&r->reply, "],\"total\":");
    buf_i64(&r->reply, more ? TOTAL_CAP : counted);
    if (more)
        buf_lit(&r->reply, ",\"total_more\":true");
    buf_lit(&r->reply, ",\"page\":");
    buf_i64(&r->reply, p->page);
    buf_lit(&r->reply, ",\"size\":");
    buf_i64(&r->reply, p->size);
    if (after)
        buf_printf(&r->reply, ",\"after\":\"%s\"", after);
    buf_c(&r->reply, '}');
    return reply_written(r, 200);
}

#include "queue/job.h"

#include <stdlib.h>

#include "queue/queue_store.h"

static void drop_text(void *p)
{
    free(p);
}

static const char *dump(struct arena *a, json_t *v)
{
    char *text = v ? json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
    if (text)
        arena_cleanup(a, drop_text, text);
    return text;
}

void job_scope_put(json_t *params, const struct scope *s)
{
    json_object_set_new(
        params, "scope",
        json_pack("{s:i,s:s,s:s,s:s}", "kind", (int)s->kind, "org", s->org, "org_l3", s->org_l3, "sector", s->sector));
}

static void copy_member(char *to, size_t size, json_t *object, const char *name)
{
    struct str s = str_of(json_string_value(json_object_get(object, name)));
    size_t n = s.n < size ? s.n : size - 1;
    memcpy(to, s.p, n);
    to[n] = '\0';
}

struct scope job_scope(const struct job *j)
{
    json_t *o = json_object_get(j->params, "scope");
    struct scope s = {.kind = (enum scope_kind)json_integer_value(json_object_get(o, "kind"))}; /* none when it is missing */
    copy_member(s.org, sizeof s.org, o, "org");
    copy_member(s.org_l3, sizeof s.org_l3, o, "org_l3");
    copy_member(s.sector, sizeof s.sector, o, "sector");
    return s;
}

struct str job_param(const struct job *j, const char *name)
{
    return str_of(json_string_value(json_object_get(j->params, name)));
}

struct error *outbox_put(struct db *db, struct arena *a, const char *topic, const char *subject_id, json_t *payload)
{
    const char *text = dump(a, payload);
    return outbox_insert(db, a, topic, subject_id, text ? text : "{}");
}

struct error *job_put(struct services *s, struct arena *a, const char *id, const char *kind, json_t *params, const char *created_by,
                      const struct org_stamp *org)
{
    const char *text = dump(a, params);
    TRY(job_insert(s->db, a, id, kind, text ? text : "{}", created_by, org));
    return outbox_put(s->db, a, "job", id, NULL);
}

static struct error *lost(struct job *j)
{
    return error_new(j->arena, ERR_CONFLICT, "job %s is no longer ours", j->id);
}

struct error *job_progress(struct job *j, json_t *checkpoint)
{
    uint64_t n;
    TRY(job_update(j, dump(j->arena, checkpoint), &n));
    return n ? NULL : lost(j);
}

struct error *job_done(struct job *j, json_t *result)
{
    uint64_t n;
    TRY(job_finish(j, "done", dump(j->arena, result), NULL, &n));
    return n ? NULL : lost(j);
}

struct error *job_fail(struct job *j, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    char *why = arena_vprintf(j->arena, fmt, ap);
    va_end(ap);
    size_t n = strlen(why) < 480 ? strlen(why) : 480;
    while (n && !str_utf8((struct str){why, n}, NULL))
        n--;
    why[n] = '\0';
    uint64_t affected;
    TRY(job_finish(j, "failed", NULL, why, &affected));
    return affected ? NULL : lost(j);
}

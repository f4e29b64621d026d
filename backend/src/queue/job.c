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

struct error *outbox_put(struct db *db, struct arena *a, const char *topic, const char *subject_id, json_t *payload)
{
    const char *text = dump(a, payload);
    return outbox_insert(db, a, topic, subject_id, text ? text : "{}");
}

struct error *job_put(struct services *s, struct arena *a, const char *id, const char *kind, json_t *params,
                      const char *created_by, const struct org_stamp *org)
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

/* Near and missed deadlines of to-dos become notices, each once: a moved deadline is told of again (task_set_due, seat_due). */
#include "flow/task_store.h"
#include "kernel/clock.h"
#include "notify/notify.h"
#include "queue/job.h"

enum { EVERY_MS = 10000, AT_ONCE = 500 };

static json_t *facts_of(const struct due_task *t)
{
    char due[17];
    clock_local_minute(t->due, due);
    json_t *facts = json_pack("{s:s}", "due", due);
    if (t->node_name)
        json_object_set_new(facts, "step", json_string(t->node_name));
    return facts;
}

static struct error *tell(struct db *db, struct arena *a, const struct due_task *tasks, size_t n, bool late, int64_t now)
{
    struct notice *notices = arena_array(a, n, sizeof *notices);
    for (size_t i = 0; i < n; i++)
        notices[i] = (struct notice){.event = late ? "task.overdue" : "task.due_soon",
                                     .level = tasks[i].level,
                                     .subject_kind = tasks[i].subject_kind,
                                     .subject_id = tasks[i].subject_id,
                                     .title = str_of(tasks[i].title),
                                     .facts = facts_of(&tasks[i]),
                                     .org = &tasks[i].org,
                                     .permission = tasks[i].permission,
                                     .user_id = tasks[i].user_id};
    struct error *e = notice_put_many(db, a, notices, n, now);
    for (size_t i = 0; i < n; i++)
        json_decref(notices[i].facts);
    return e;
}

static struct error *some(struct db *db, struct arena *a, bool late, size_t *n)
{
    struct due_task *tasks = arena_array(a, AT_ONCE, sizeof *tasks);
    int64_t now = clock_now_us();
    TRY(tasks_near(db, a, late, now, AT_ONCE, tasks, n));
    return *n ? tell(db, a, tasks, *n, late, now) : NULL;
}

static struct error *task_deadlines(struct services *s, struct arena *a)
{
    for (int late = 0; late < 2; late++)
        for (size_t n = AT_ONCE; n == AT_ONCE;) {
            struct arena_mark mark = arena_mark(a);
            TRY(db_begin(s->db, a));
            TRY(db_finish(s->db, a, some(s->db, a, late != 0, &n)));
            arena_reset_to(a, mark);
        }
    return NULL;
}
DUTY(task_deadlines, EVERY_MS, task_deadlines);

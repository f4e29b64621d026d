/* Background jobs at the prompt, for when the pages cannot be reached. */
#include <stdio.h>

#include "kernel/clock.h"
#include "main/command.h"
#include "main/ctl_store.h"

static struct error *jobs_run(struct command_call *c)
{
    struct rows x;
    const char *state = command_option(c, "--state");
    TRY(ctl_jobs(c->s->db, c->a, state ? state : "failed", &x));
    printf("%-36s %-24s %-8s %-20s %s\n", "id", "kind", "state", "created", "error");
    while (rows_next(&x)) {
        char when[40];
        clock_rfc3339(row_time(&x, 3), when);
        struct str why = str_chars(row_text(&x, 4), 120);
        printf("%-36s %-24s %-8s %-20.19s " STR_FMT "\n", row_dup(&x, c->a, 0), row_dup(&x, c->a, 1), row_dup(&x, c->a, 2), when,
               STR_ARG(why));
    }
    return rows_end(&x);
}
COMMAND(jobs, .words = "jobs", .arguments = "[--state queued|running|failed|done]",
        .help = "list background jobs, the failed ones unless said", .run = jobs_run, .details = "The newest 200.",
        .examples = "  tongchou-ctl --config FILE jobs --state queued\n");

static struct error *replay_run(struct command_call *c)
{
    const char *id = command_argument(c, 0);
    uint64_t n = 0;
    if (!id)
        return error_field(c->a, ERR_INVALID, "ID", "required", "say which job, or all");
    TRY(ctl_jobs_replay(c->s->db, c->a, strcmp(id, "all") == 0 ? NULL : id, &n));
    printf("{\"replayed\":%llu}\n", (unsigned long long)n);
    return n || strcmp(id, "all") == 0 ? NULL : error_new(c->a, ERR_NOT_FOUND, "no failed job has this id");
}
COMMAND(jobs_replay, .words = "jobs replay", .arguments = "ID|all",
        .help = "queue failed jobs again; they go on from their checkpoint", .run = replay_run,
        .examples = "  tongchou-ctl --config FILE jobs replay all\n");

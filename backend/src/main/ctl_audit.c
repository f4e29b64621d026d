/* Commands for the audit trail and for what is kept no longer. */
#include <stdio.h>

#include "assets/job_files.h"
#include "audit/sealing.h"
#include "ingest/retention.h"
#include "main/command.h"

static struct error *seal_run(struct command_call *c)
{
    return audit_seal(c->s, c->a);
}
COMMAND(audit_seal, .words = "audit seal", .help = "seal what the audit trail has gained, now", .run = seal_run,
        .details = "The worker seals every 10 s by itself.", .examples = "  tongchou-ctl --config FILE audit seal\n");

static struct error *verify_run(struct command_call *c)
{
    struct audit_report report;
    TRY(audit_verify(c->s, c->a, &report));
    printf("%s\n", audit_report_json(c->a, &report).p);
    if (!report.problem_count)
        return NULL;
    const struct audit_problem *p = &report.problems[0];
    return error_new(c->a, ERR_CONFLICT, "%llu problems; the first: %s, %s %s, number %llu: %s",
                     (unsigned long long)report.problem_count, p->kind, p->segment[0] ? "segment" : "seal", p->segment,
                     (unsigned long long)p->n, p->detail);
}
COMMAND(audit_verify, .words = "audit verify",
        .help = "check the whole audit trail; prints a report, status 1 when something is wrong", .run = verify_run,
        .details = "Names the first changed, missing or cut row, and states the window that is not sealed yet.",
        .examples = "  tongchou-ctl --config FILE audit verify\n");

static struct error *retention_run(struct command_call *c)
{
    TRY(job_files_expire(c->s, c->a));
    return event_retention(c->s, c->a);
}
COMMAND(retention, .words = "retention", .help = "remove now what is kept no longer; the workers do so in small portions",
        .run = retention_run,
        .details = "What is kept for how long: keep_event_days, keep_key_days, keep_file_days in the configuration.",
        .examples = "  tongchou-ctl --config FILE retention\n");

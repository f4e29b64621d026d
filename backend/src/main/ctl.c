/* tongchou-ctl: the operator's tool. */
#include <stdio.h>
#include <stdlib.h>

#include "access/bootstrap.h"
#include "audit/sealing.h"
#include "assets/job_files.h"
#include "ingest/days.h"
#include "ingest/retention.h"
#include "kernel/crypto.h"
#include "main/app.h"
#include "main/migrate.h"
#include "packs/demo.h"
#include "packs/seed.h"

enum { STATEMENT_S = 3600 };

struct command {
    const char *words, *arguments, *help;
    bool needs_keys;
    struct error *(*run)(struct app *app, struct services *s, int argc, char **argv);
};

static const char *option(int argc, char **argv, const char *name)
{
    for (int i = 0; i + 1 < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return argv[i + 1];
    return NULL;
}

static struct error *keys_init_run(struct app *app, struct services *s, int argc, char **argv)
{
    (void)s, (void)argc, (void)argv;
    return keys_init(app->boot, arena_printf(app->boot, "%s/keys", app->config.state_dir));
}

static struct error *keys_rotate_run(struct app *app, struct services *s, int argc, char **argv)
{
    (void)s, (void)argc, (void)argv;
    return keys_rotate_secret(app->boot, arena_printf(app->boot, "%s/keys", app->config.state_dir));
}

static struct error *migrate_run(struct app *app, struct services *s, int argc, char **argv)
{
    int applied;
    (void)argc, (void)argv;
    TRY(migrate_apply(s, app->boot, &applied));
    TRY(event_days_ahead(s, app->boot));
    printf("{\"applied\":%d}\n", applied);
    return NULL;
}

static struct error *seed_run(struct app *app, struct services *s, int argc, char **argv)
{
    (void)argc, (void)argv;
    return seed_all(s, app->boot);
}

static struct error *status_run(struct app *app, struct services *s, int argc, char **argv)
{
    bool empty, current;
    (void)argc, (void)argv;
    TRY(migrate_is_current(s, app->boot, &current));
    TRY(bootstrap_is_empty(s, app->boot, &empty));
    printf("{\"empty\":%s,\"migrated\":%s}\n", empty ? "true" : "false", current ? "true" : "false");
    return NULL;
}

static struct error *create_admin_run(struct app *app, struct services *s, int argc, char **argv)
{
    const char *username = option(argc, argv, "--username"), *role = option(argc, argv, "--role");
    char password[21];
    if (!username)
        return error_new(app->boot, ERR_INVALID, "--username NAME is needed");
    TRY(bootstrap_admin(s, app->boot, username, role ? role : "setup_admin", password));
    printf("{\"username\":\"%s\",\"password\":\"%s\"}\n", username, password);
    return NULL;
}

static struct error *reset_password_run(struct app *app, struct services *s, int argc, char **argv)
{
    const char *username = option(argc, argv, "--username");
    char password[21];
    if (!username)
        return error_new(app->boot, ERR_INVALID, "--username NAME is needed");
    TRY(bootstrap_reset(s, app->boot, username, password));
    printf("{\"username\":\"%s\",\"password\":\"%s\"}\n", username, password);
    return NULL;
}

static struct error *demo_load_run(struct app *app, struct services *s, int argc, char **argv)
{
    const char *file = option(argc, argv, "--credentials");
    if (!file)
        return error_new(app->boot, ERR_INVALID, "--credentials FILE is needed");
    return demo_load(s, app->boot, file);
}

static struct error *demo_remove_run(struct app *app, struct services *s, int argc, char **argv)
{
    bool empty;
    char password[21];
    (void)argc, (void)argv;
    TRY(demo_remove_all(s, app->boot));
    TRY(bootstrap_is_empty(s, app->boot, &empty));
    if (!empty)
        return NULL;
    TRY(bootstrap_admin(s, app->boot, "admin", "setup_admin", password));
    printf("{\"username\":\"admin\",\"password\":\"%s\"}\n", password);
    return NULL;
}

static struct error *audit_seal_run(struct app *app, struct services *s, int argc, char **argv)
{
    (void)argc, (void)argv;
    return audit_seal(s, app->boot);
}

static struct error *audit_verify_run(struct app *app, struct services *s, int argc, char **argv)
{
    struct audit_report report;
    (void)argc, (void)argv;
    TRY(audit_verify(s, app->boot, &report));
    printf("%s\n", audit_report_json(app->boot, &report).p);
    if (!report.problem_count)
        return NULL;
    const struct audit_problem *p = &report.problems[0];
    return error_new(app->boot, ERR_CONFLICT, "%llu problems; the first: %s, %s %s, number %llu: %s",
                     (unsigned long long)report.problem_count, p->kind, p->segment[0] ? "segment" : "seal", p->segment,
                     (unsigned long long)p->n, p->detail);
}

static struct error *retention_run(struct app *app, struct services *s, int argc, char **argv)
{
    (void)argc, (void)argv;
    TRY(job_files_expire(s, app->boot));
    return event_retention(s, app->boot);
}

static struct error *check_sql_run(struct app *app, struct services *s, int argc, char **argv)
{
    (void)argc, (void)argv;
    return db_prepare_all(s->db, app->boot);
}

static const struct command commands[] = {
    {"keys init", "", "create the keys that are missing under STATE/keys", false, keys_init_run},
    {"keys rotate", "", "add a new key for secrets at rest; older ones still open what they sealed", true, keys_rotate_run},
    {"migrate", "", "apply the migrations that are missing", true, migrate_run},
    {"seed", "", "load the shipped packs; adds what is missing, changes nothing that a site has changed", true, seed_run},
    {"status", "", "print whether the platform is migrated and empty, as JSON", true, status_run},
    {"create-admin", "--username NAME [--role CODE]", "create an administrator; the password is printed once", true,
     create_admin_run},
    {"reset-password", "--username NAME", "give an account a new password, printed once; its sessions end", true,
     reset_password_run},
    {"demo load", "--credentials FILE", "load the demonstration data into an empty platform", true, demo_load_run},
    {"demo remove", "", "remove the demonstration data; makes an administrator, printed once, where no account is left", true,
     demo_remove_run},
    {"audit seal", "", "seal what the audit trail has gained, now", true, audit_seal_run},
    {"audit verify", "", "check the whole audit trail; prints a report, status 1 when something is wrong", true, audit_verify_run},
    {"retention", "", "remove now what is kept no longer; the workers do so in small portions", true, retention_run},
    {"sql check", "", "let the server prepare every statement", true, check_sql_run},
};

static int usage(FILE *to)
{
    fputs("usage: tongchou-ctl --config FILE COMMAND [OPTIONS]\n\n", to);
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        fprintf(to, "  %-14s %-32s %s\n", commands[i].words, commands[i].arguments, commands[i].help);
    return to == stdout ? 0 : 64;
}

static const struct command *find(int argc, char **argv, int *used)
{
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        struct str rest = str_of(commands[i].words);
        int n = 0;
        bool same = true;
        while (rest.n && same) {
            struct str word = str_cut(&rest, ' ');
            same = n + 1 < argc && str_is(word, argv[n + 1]);
            n++;
        }
        if (same) {
            *used = n;
            return &commands[i];
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct app app;
    int used;
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], "--help") == 0)
            return usage(stdout);
    bool init = argc >= 5 && strcmp(argv[3], "keys") == 0 && strcmp(argv[4], "init") == 0;
    app_init(&app, "tongchou-ctl", &argc, &argv, !init);
    const struct command *c = find(argc, argv, &used);
    if (!c)
        return usage(stderr);
    struct services *s = c->needs_keys ? app_services(&app, STATEMENT_S) : NULL;
    struct error *e = c->run(&app, s, argc - used, argv + used);
    if (!e)
        return 0;
    fprintf(stderr, "tongchou-ctl %s: %s%s%s\n", c->words, e->field ? e->field : "", e->field ? ": " : "",
            e->detail ? e->detail : error_name(e->code));
    return 1;
}

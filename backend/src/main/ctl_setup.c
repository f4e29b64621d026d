/* Commands that set a platform up: schema, shipped packs, demonstration data. */
#include <stdio.h>

#include "access/bootstrap.h"
#include "ingest/days.h"
#include "main/command.h"
#include "main/migrate.h"
#include "packs/demo.h"
#include "packs/seed.h"

static struct error *migrate_run(struct command_call *c)
{
    int applied;
    TRY(migrate_apply(c->s, c->a, &applied));
    TRY(event_days_ahead(c->s, c->a));
    printf("{\"applied\":%d}\n", applied);
    return NULL;
}
COMMAND(migrate, .words = "migrate", .help = "apply the migrations that are missing", .run = migrate_run,
        .details = "One process at a time; another waits up to 60 s. A migration that was changed after it was applied is refused.",
        .examples = "  tongchou-ctl --config FILE migrate\n");

static struct error *seed_run(struct command_call *c)
{
    return seed_all(c->s, c->a);
}
COMMAND(seed, .words = "seed", .help = "load the shipped packs; adds what is missing, changes nothing that a site has changed",
        .run = seed_run, .examples = "  tongchou-ctl --config FILE seed\n");

static struct error *status_run(struct command_call *c)
{
    bool empty, current;
    TRY(migrate_is_current(c->s, c->a, &current));
    TRY(bootstrap_is_empty(c->s, c->a, &empty));
    printf("{\"empty\":%s,\"migrated\":%s}\n", empty ? "true" : "false", current ? "true" : "false");
    return NULL;
}
COMMAND(status, .words = "status", .help = "print whether the platform is migrated and empty, as JSON", .run = status_run,
        .examples = "  tongchou-ctl --config FILE status\n");

static struct error *demo_load_run(struct command_call *c)
{
    const char *file;
    TRY(command_must(c, "--credentials", &file));
    return demo_load(c->s, c->a, file);
}
COMMAND(demo_load, .words = "demo load", .arguments = "--credentials FILE",
        .help = "load the demonstration data into an empty platform", .run = demo_load_run,
        .details = "The accounts and their passwords are written to FILE, readable by its owner only.",
        .examples = "  tongchou-ctl --config FILE demo load --credentials credentials.json\n");

static struct error *demo_remove_run(struct command_call *c)
{
    bool empty;
    char password[21];
    TRY(demo_remove_all(c->s, c->a));
    TRY(bootstrap_is_empty(c->s, c->a, &empty));
    if (!empty)
        return NULL;
    TRY(bootstrap_admin(c->s, c->a, "admin", "setup_admin", password));
    printf("{\"username\":\"admin\",\"password\":\"%s\"}\n", password);
    return NULL;
}
COMMAND(demo_remove, .words = "demo remove",
        .help = "remove the demonstration data; makes an administrator, printed once, where no account is left",
        .run = demo_remove_run, .examples = "  tongchou-ctl --config FILE demo remove\n");

static struct error *sql_check_run(struct command_call *c)
{
    return db_prepare_all(c->s->db, c->a);
}
COMMAND(sql_check, .words = "sql check", .help = "let the server prepare every statement", .run = sql_check_run,
        .examples = "  tongchou-ctl --config FILE sql check\n");

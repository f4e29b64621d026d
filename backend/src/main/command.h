/* The commands of tongchou-ctl: each file ctl_*.c says its own, nothing else need be changed.
 *
 *     COMMAND(audit_verify, .words = "audit verify", .help = "check the whole audit trail", .run = audit_verify_run,
 *             .details = "...", .examples = "tongchou-ctl --config FILE audit verify\n");
 *
 * words: one or two, what the operator types; the longest match wins. arguments: as usage shows them. details: paragraphs for
 * --help. examples: one a line. A command prints one JSON object or a table to standard output; what it returns as an error goes
 * to standard error and ends with status 1. */
#ifndef MAIN_COMMAND_H
#define MAIN_COMMAND_H

#include "main/app.h"

/* What a command needs before it runs; each has those before it. */
enum command_needs {
    NEEDS_SERVICES, /* configuration, keys, connections (opened when first used) */
    NEEDS_CONFIG,   /* the configuration only: s is NULL, app->keys is empty */
};

struct command_call {
    struct app *app;
    struct services *s; /* NULL with NEEDS_CONFIG */
    struct arena *a;    /* lives as long as the process */
    int argc;           /* what follows the words */
    char **argv;
};

struct command {
    const char *words, *arguments, *help, *details, *examples;
    enum command_needs needs;
    struct error *(*run)(struct command_call *call);
};

#define COMMAND(id, ...)                                      \
    static const struct command id##_command = {__VA_ARGS__}; \
    static const struct command *const id##_command_registered __attribute__((section("command_registry"), used)) = &id##_command

/* The value after --name, NULL when it is not there. */
const char *command_option(const struct command_call *call, const char *name);
/* The same; ERR_INVALID when it is missing or empty. */
struct error *command_must(const struct command_call *call, const char *name, const char **out) MUST_CHECK;
/* Whether a word such as --force is there. */
bool command_flag(const struct command_call *call, const char *name);
/* The n-th argument that is neither an option (--name VALUE) nor its value, from 0; NULL when there are fewer. Flags go last. */
const char *command_argument(const struct command_call *call, int n);
/* "STATE/keys". */
const char *command_keys_dir(const struct command_call *call);

#endif

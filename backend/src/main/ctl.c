/* tongchou-ctl: the operator's tool. The commands lie in the files ctl_*.c (command.h). */
#include <stdio.h>
#include <stdlib.h>

#include "main/command.h"

enum { STATEMENT_S = 3600, MAX_COMMANDS = 100, NO_MATCH = -1 };

extern const struct command *const __start_command_registry[];
extern const struct command *const __stop_command_registry[];

static int by_words(const void *a, const void *b)
{
    return strcmp((*(const struct command *const *)a)->words, (*(const struct command *const *)b)->words);
}

static size_t sorted(const struct command **out)
{
    size_t n = 0;
    for (const struct command *const *c = __start_command_registry; c < __stop_command_registry && n < MAX_COMMANDS; c++)
        out[n++] = *c;
    qsort(out, n, sizeof *out, by_words);
    return n;
}

static const char *arguments(const struct command *c)
{
    return c->arguments ? c->arguments : "";
}

/* The commands that begin with `group`, all of them when it is empty. */
static int usage(FILE *to, const char *group)
{
    const struct command *all[MAX_COMMANDS];
    size_t n = sorted(all);
    fputs("usage: tongchou-ctl --config FILE COMMAND [OPTIONS]\n"
          "       tongchou-ctl COMMAND --help\n\n",
          to);
    for (size_t i = 0; i < n; i++)
        if (strncmp(all[i]->words, group, strlen(group)) == 0)
            fprintf(to, "  %-16s %-44s %s\n", all[i]->words, arguments(all[i]), all[i]->help);
    return to == stdout ? 0 : 64;
}

static int help(const struct command *c)
{
    printf("usage: tongchou-ctl --config FILE %s %s\n\n%s.\n", c->words, arguments(c), c->help);
    if (c->details)
        printf("\n%s\n", c->details);
    if (c->examples)
        printf("\nExamples:\n%s", c->examples);
    return 0;
}

/* How many words of argv the command takes, NO_MATCH when it is another. */
static int match(const struct command *c, int argc, char **argv)
{
    struct str rest = str_of(c->words);
    int n = 0;
    while (rest.n) {
        struct str word = str_cut(&rest, ' ');
        if (n >= argc || !str_is(word, argv[n]))
            return NO_MATCH;
        n++;
    }
    return n;
}

static const struct command *find(int argc, char **argv, int *used)
{
    const struct command *found = NULL;
    *used = 0;
    for (const struct command *const *c = __start_command_registry; c < __stop_command_registry; c++) {
        int n = match(*c, argc, argv);
        if (n > *used) {
            found = *c;
            *used = n;
        }
    }
    return found;
}

/* "COMMAND --help", with or without the configuration before it; "jobs --help" lists what begins with jobs. */
static bool asks_for_help(int argc, char **argv, int *status)
{
    int first = argc > 2 && strcmp(argv[1], "--config") == 0 ? 3 : 1, used;
    for (int i = first; i < argc; i++) {
        if (strcmp(argv[i], "--help") != 0)
            continue;
        const struct command *c = find(i - first, argv + first, &used);
        *status = c ? help(c) : usage(stdout, i > first ? argv[first] : "");
        return true;
    }
    return false;
}

int main(int argc, char **argv)
{
    struct app app;
    int used, status = 0, first = argc > 3 ? 3 : argc;
    if (asks_for_help(argc, argv, &status))
        return status;
    const struct command *c = find(argc - first, argv + first, &used);
    app_init(&app, "tongchou-ctl", &argc, &argv, c && c->needs == NEEDS_SERVICES);
    if (!c)
        return usage(stderr, "");
    struct command_call call = {&app, NULL, app.boot, argc - used - 1, argv + used + 1};
    if (c->needs == NEEDS_SERVICES)
        call.s = app_services(&app, STATEMENT_S);
    struct error *e = c->run(&call);
    if (!e)
        return 0;
    fprintf(stderr, "tongchou-ctl %s: %s%s%s\n", c->words, e->field ? e->field : "", e->field ? ": " : "",
            e->detail ? e->detail : error_name(e->code));
    return 1;
}

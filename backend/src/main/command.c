#include "main/command.h"

#include <string.h>

const char *command_option(const struct command_call *call, const char *name)
{
    for (int i = 0; i + 1 < call->argc; i++)
        if (strcmp(call->argv[i], name) == 0)
            return call->argv[i + 1];
    return NULL;
}

struct error *command_must(const struct command_call *call, const char *name, const char **out)
{
    *out = command_option(call, name);
    return *out && **out ? NULL : error_new(call->a, ERR_INVALID, "%s VALUE is needed", name);
}

bool command_flag(const struct command_call *call, const char *name)
{
    for (int i = 0; i < call->argc; i++)
        if (strcmp(call->argv[i], name) == 0)
            return true;
    return false;
}

const char *command_argument(const struct command_call *call, int n)
{
    for (int i = 0; i < call->argc; i++) {
        if (strncmp(call->argv[i], "--", 2) == 0)
            i++;
        else if (n-- == 0)
            return call->argv[i];
    }
    return NULL;
}

const char *command_keys_dir(const struct command_call *call)
{
    return arena_printf(call->a, "%s/keys", call->app->config.state_dir);
}

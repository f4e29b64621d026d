/* Commands for the keys in STATE/keys. */
#include <stdio.h>

#include "kernel/crypto.h"
#include "main/command.h"

static struct error *init_run(struct command_call *c)
{
    return keys_init(c->a, command_keys_dir(c));
}
COMMAND(keys_init, .words = "keys init", .help = "create the keys that are missing under STATE/keys", .needs = NEEDS_CONFIG,
        .run = init_run, .details = "Keys that are there are left alone. Without them the programs refuse to start.",
        .examples = "  tongchou-ctl --config /etc/tongchou/tongchou.conf keys init\n");

static struct error *rotate_run(struct command_call *c)
{
    return keys_rotate_secret(c->a, command_keys_dir(c));
}
COMMAND(keys_rotate, .words = "keys rotate", .help = "add a new key for secrets at rest; older ones still open what they sealed",
        .run = rotate_run, .examples = "  tongchou-ctl --config FILE keys rotate\n");

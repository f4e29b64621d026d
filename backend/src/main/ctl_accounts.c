/* Commands for accounts. */
#include <stdio.h>

#include "access/bootstrap.h"
#include "identity/grant.h"
#include "main/command.h"

static void print_password(const char *username, const char *password)
{
    printf("{\"username\":\"%s\",\"password\":\"%s\"}\n", username, password);
}

static struct error *create_admin_run(struct command_call *c)
{
    const char *username, *role = command_option(c, "--role");
    char password[21];
    TRY(command_must(c, "--username", &username));
    TRY(bootstrap_admin(c->s, c->a, username, role ? role : "setup_admin", password));
    print_password(username, password);
    return NULL;
}
COMMAND(create_admin, .words = "create-admin", .arguments = "--username NAME [--role CODE]",
        .help = "create an administrator; the password is printed once", .run = create_admin_run,
        .details = "The password has to be replaced at the first sign-in. Without --role the account has the role setup_admin,\n"
                   "which makes the three separate administrators and is then closed.",
        .examples = "  tongchou-ctl --config FILE create-admin --username admin\n"
                    "  tongchou-ctl --config FILE create-admin --username auditor --role audit_admin\n");

static struct error *reset_password_run(struct command_call *c)
{
    const char *username;
    char password[21];
    TRY(command_must(c, "--username", &username));
    TRY(bootstrap_reset(c->s, c->a, username, password));
    print_password(username, password);
    return NULL;
}
COMMAND(reset_password, .words = "reset-password", .arguments = "--username NAME",
        .help = "give an account a new password, printed once; its sessions end", .run = reset_password_run,
        .examples = "  tongchou-ctl --config FILE reset-password --username zhang.san\n");

static struct error *accept_grant_run(struct command_call *c)
{
    static const char *const options[GRANT_KINDS] = {"--role", "--username", "--client"};
    for (int k = 0; k < GRANT_KINDS; k++) {
        const char *name = command_option(c, options[k]);
        if (name)
            return grant_accept(c->s, c->a, (enum grant_kind)k, name);
    }
    return error_new(c->a, ERR_INVALID, "--role CODE, --username NAME or --client NAME is needed");
}
COMMAND(accept_grant, .words = "accept-grant", .arguments = "--role CODE | --username NAME | --client NAME",
        .help = "take as right what an altered role, account or client may do now", .run = accept_grant_run,
        .details =
            "The platform refuses whoever's rights were changed past it (see doctor). Look at them first; saving the role or the\n"
            "account in the browser does the same. Recorded in the audit trail.",
        .examples = "  tongchou-ctl --config FILE accept-grant --role analyst\n");

#include "packs/demo.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "http/services.h"
#include "kernel/str.h"
#include "packs/seed.h"

static json_t *accounts, *clients;

void demo_account_made(json_t *take)
{
    if (!accounts)
        accounts = json_array();
    json_array_append_new(accounts, take);
}

void demo_client_made(json_t *take)
{
    if (!clients)
        clients = json_array();
    json_array_append_new(clients, take);
}

static struct error *write_file(struct arena *a, const char *file, json_t *document)
{
    const char *part = arena_printf(a, "%s.part", file);
    int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_new(a, ERR_INTERNAL, "%s cannot be written", part);
    int bad = json_dumpfd(document, fd, JSON_INDENT(1)) || write(fd, "\n", 1) != 1 || fsync(fd);
    close(fd);
    if (bad || rename(part, file))
        return error_new(a, ERR_INTERNAL, "%s cannot be written", file);
    return NULL;
}

struct error *demo_load(struct services *s, struct arena *a, const char *file)
{
    TRY(demo_load_all(s, a));
    json_t *document = json_pack("{s:s,s:o,s:o}", "base_url", s->config->base_url, "accounts", accounts ? accounts : json_array(),
                                 "clients", clients ? clients : json_array());
    accounts = clients = NULL;
    struct error *e = write_file(a, file, document);
    json_decref(document);
    return e;
}

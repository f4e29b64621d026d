#include "main/app.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "audit/audit.h"
#include "http/limit.h"
#include "kernel/clock.h"
#include "kernel/id.h"
#include "kernel/log.h"
#include "redis/redis.h"

enum { BOOT_ARENA = 64 << 20 };

static _Noreturn void refuse(const char *program, const struct error *e)
{
    fprintf(stderr, "%s: %s%s%s\n", program, e->field ? e->field : "", e->field ? ": " : "", e->detail ? e->detail : "");
    exit(78); /* EX_CONFIG */
}

void app_init(struct app *app, const char *program, int *argc, char ***argv, bool need_keys)
{
    if (*argc < 3 || strcmp((*argv)[1], "--config") != 0) {
        fprintf(stderr, "usage: %s --config FILE\n", program);
        exit(64);
    }
    setlocale(LC_CTYPE, "C.UTF-8"); /* LC_NUMERIC stays "C": jansson and printf write numbers with a point */
    *app = (struct app){.boot = arena_new(BOOT_ARENA), .program = program};
    struct error *e = config_load(app->boot, (*argv)[2], &app->config);
    if (e)
        refuse(program, e);
    log_set_level(app->config.log_level);
    clock_set_zone(app->config.tz);
    const char *dir = arena_printf(app->boot, "%s/keys", app->config.state_dir);
    if (need_keys && (e = keys_load(app->boot, dir, &app->keys)))
        refuse(program, e);
    void *shared = mmap(NULL, GENERATIONS * sizeof *app->generation, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    app->generation = shared == MAP_FAILED ? NULL : shared;
    app->limits = limits_new();
    *argc -= 2;
    *argv += 2;
}

struct services *app_services(struct app *app, unsigned statement_seconds)
{
    struct services *s = arena_zalloc(app->boot, sizeof *s);
    const struct config *c = &app->config;
    s->config = c;
    s->keys = &app->keys;
    s->generation = app->generation;
    s->limits = app->limits;
    s->db = db_open(&(struct db_settings){.socket = c->db_socket,
                                          .name = c->db_name,
                                          .user = c->db_user,
                                          .password = c->db_password,
                                          .statement_seconds = statement_seconds});
    s->cache = redis_open(c->redis_cache);
    s->queue = redis_open(c->redis_queue);
    char host[33] = "";
    gethostname(host, sizeof host - 1);
    snprintf(s->holder, sizeof s->holder, "%.20s:%d:%.8s", host, (int)getpid(), id_new().s + 28);
    s->audit = audit_chain_new(app->boot, s);
    return s;
}

/* What the three programs share: configuration, keys, services of a process. */
#ifndef MAIN_APP_H
#define MAIN_APP_H

#include "http/services.h"

struct app {
    struct arena *boot; /* lives as long as the process */
    struct config config;
    struct keys keys;
    const char *program;
    _Atomic uint64_t *generation; /* shared memory, made before the fork */
    struct limits *limits;        /* the same */
};

/* Reads --config FILE (and nothing else before it) and the keys; ends the process with a reason when it cannot. */
void app_init(struct app *app, const char *program, int *argc, char ***argv, bool need_keys);
/* Connections of this process, opened when first used. Call after fork. statement_seconds bounds one SQL statement. */
struct services *app_services(struct app *app, unsigned statement_seconds);

#endif

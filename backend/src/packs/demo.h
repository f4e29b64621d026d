/* Loading the demonstration as a whole: parts in order, then the file with its accounts. */
#ifndef PACKS_DEMO_H
#define PACKS_DEMO_H

#include <jansson.h>

#include "kernel/error.h"

struct services;

/* Accounts and clients that a part made, for the credentials file: {"username","password","role","org"} and
 * {"client_id","client_secret","org"}. Takes the reference. */
void demo_account_made(json_t *take);
void demo_client_made(json_t *take);

/* Fails with ERR_CONFLICT unless the platform is empty. Writes file with mode 0600, whole or not at all. */
struct error *demo_load(struct services *s, struct arena *a, const char *file) MUST_CHECK;

#endif

/* Migrations: forward-only numbered SQL files, never edited once landed (their SHA-256 is kept), each statement
 * re-runnable, one process at a time under a lease row. */
#ifndef MAIN_MIGRATE_H
#define MAIN_MIGRATE_H

#include "http/services.h"

/* Applies what is missing. Fails when a file that was applied has changed. */
struct error *migrate_apply(struct services *s, struct arena *a, int *applied) MUST_CHECK;
/* Whether every file of migrations_dir has been applied. */
struct error *migrate_is_current(struct services *s, struct arena *a, bool *out) MUST_CHECK;

#endif

/* What is left of a disk, and the reserve of it: below that nothing is written for people and other systems but sessions, so that the
 * database does not meet a full disk in the middle of a transaction (MariaDB ends itself when it cannot even roll back). Reading goes on. */
#ifndef KERNEL_ROOM_H
#define KERNEL_ROOM_H

#include <stdbool.h>

#include "kernel/config.h"

/* Free bytes of the disk of a directory, and their share in percent (may be NULL); -1 when it cannot be told. */
int64_t room_free(const char *dir, int64_t *percent);
/* Whether files_dir and state_dir have reserve_mb left. Asked of the system once a second; for one thread. */
bool room_left(const struct config *c);

#endif

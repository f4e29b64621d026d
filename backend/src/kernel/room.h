/* The reserve of the disk: below it the platform writes nothing more but sessions, so that the database never meets a full disk in the
 * middle of a transaction (MariaDB ends itself when it cannot even roll back). Reading goes on. */
#ifndef KERNEL_ROOM_H
#define KERNEL_ROOM_H

#include <stdbool.h>

#include "kernel/config.h"

/* Whether files_dir and state_dir have reserve_mb left. Asked of the system once a second; for one thread. */
bool room_left(const struct config *c);

#endif

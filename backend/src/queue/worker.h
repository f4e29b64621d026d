/* The worker's loop. One process does one role, so that a long job never holds up the relay or the events. */
#ifndef QUEUE_WORKER_H
#define QUEUE_WORKER_H

#include <signal.h>

#include "http/services.h"

enum worker_role {
    WORKER_CLERK = 1,  /* relay, outbox consumers, periodic duties */
    WORKER_JOBS = 2,   /* long work */
    WORKER_EVENTS = 4, /* pumps: streams of events */
    WORKER_SENDER = 8, /* calls to other systems */
};

/* Runs until *stop. */
void worker_run(struct services *s, enum worker_role role, volatile sig_atomic_t *stop);

#endif

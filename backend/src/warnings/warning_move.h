/* Moves of a warning and the approval that leads to two of them; inside warnings/ only. */
#ifndef WARNINGS_WARNING_MOVE_H
#define WARNINGS_WARNING_MOVE_H

#include "flow/instance.h"
#include "warnings/warning_store.h"

extern const struct flow_kind warning_approval;

struct moving {
    struct services *services;
    struct arena *arena;
    struct request *request; /* NULL: a timer moves it */
    const struct actor *by;  /* NULL: nobody */
    struct str opinion;
    int64_t now, amount;
};
/* State, tasks, timeline, notices, audit: in the caller's transaction. ERR_CONFLICT when somebody else was faster. */
struct error *warning_move_on(const struct moving *x, struct warning *w, const struct warning_move *m) MUST_CHECK;
/* A warning that is in review starts along its approval path. */
struct error *warning_begin_approval(const struct moving *x, const struct warning *w, int64_t units) MUST_CHECK;

#endif

/* Errors: a function that can fail returns `struct error *`, NULL is success.
 * Errors live in the arena of the request (never a sub-arena that is reset before they are read).
 * A list of field errors hangs off the first by `next`. The HTTP status comes with the code. */
#ifndef KERNEL_ERROR_H
#define KERNEL_ERROR_H

#include "kernel/arena.h"

enum error_code {
    ERR_NONE,
#define ERROR(symbol, status, code, en, zh) symbol,
#include "kernel/errors.def"
#undef ERROR
    ERR_COUNT
};

struct error {
    enum error_code code;
    const char *field;  /* JSON pointer-like name ("items/0/name"), header or parameter; NULL when none */
    const char *rule;   /* what the field broke ("required", "max_length", ...); NULL when none */
    const char *detail; /* for people, no secrets, no SQL; may be NULL */
    const char *params; /* what the detail speaks of, as a JSON object ({"limit":200,"now":250}); NULL when nothing */
    int retry_after;    /* seconds, 0 when not meant */
    struct error *next; /* further field errors */
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* The only macro that changes control flow. */
#define TRY(expr)                    \
    do {                             \
        struct error *try_ = (expr); \
        if (try_)                    \
            return try_;             \
    } while (0)

struct error *error_new(struct arena *a, enum error_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4), returns_nonnull));
struct error *error_field(struct arena *a, enum error_code code, const char *field, const char *rule, const char *fmt, ...)
    __attribute__((format(printf, 5, 6), returns_nonnull));

/* What a failed write to a file means: ERR_NO_ROOM when the disk is full (errno as it is now), else ERR_UNAVAILABLE. */
struct error *error_write(struct arena *a, const char *detail) __attribute__((returns_nonnull));

/* The field of the error and of those that hang on it is below base: "items/3/name". */
void error_below(struct arena *a, struct error *e, const char *base);

int error_status(enum error_code code);
const char *error_name(enum error_code code);
const char *error_title(enum error_code code, const char *lang); /* "en" or anything else for zh-CN */

#endif

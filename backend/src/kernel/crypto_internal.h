/* Inside the kernel's cryptography only. */
#ifndef KERNEL_CRYPTO_INTERNAL_H
#define KERNEL_CRYPTO_INTERNAL_H

#include "kernel/crypto.h"

/* What only a broken build or no memory can cause. */
_Noreturn void crypto_broken(const char *what);

/* A file of 1..max bytes that is regular and closed to group and others; ends in NUL (not counted). */
struct error *key_file_read(struct arena *a, const char *path, size_t max, struct str *out) MUST_CHECK;
/* Written beside, flushed, renamed: whole or not at all, mode 0600. */
struct error *key_file_write(struct arena *a, const char *dir, const char *name, struct str text) MUST_CHECK;

#endif

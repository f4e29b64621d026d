/* Passwords: argon2id through libsodium, a bounded number at once on one host. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "kernel/clock.h"
#include "kernel/crypto_internal.h"

enum { PASSES = 2, SLOTS = 4, PASSWORD_MAX_BYTES = 1024, RETRY_MS = 5 };
#define MEMORY ((size_t)32 << 20)
#define PATIENCE_US INT64_C(3000000)

_Static_assert(crypto_pwhash_STRBYTES == PASSWORD_HASH_BYTES, "the caller's buffer is libsodium's");

static void sodium_ready(void)
{
    if (sodium_init() < 0)
        crypto_broken("sodium_init");
}

/* A lock of the kernel: a child that dies in here gives its slot back. -1 when every slot is taken. */
static int try_slots(const char *run_dir, unsigned first, int *error)
{
    for (unsigned i = 0; i < SLOTS; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/argon.%u", run_dir, (first + i) % SLOTS);
        int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0) {
            *error = errno;
            return -1;
        }
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return fd;
        close(fd);
    }
    return -1;
}

/* Closing the descriptor frees the slot. */
static struct error *take_slot(const struct keys *k, struct arena *a, int *out)
{
    int64_t until = clock_mono_us() + PATIENCE_US;
    unsigned first = (unsigned)getpid();
    int error = 0;
    while ((*out = try_slots(k->run_dir, first, &error)) < 0) {
        if (error)
            return error_new(a, ERR_INTERNAL, "%s/argon.*: %s", k->run_dir, strerror(error));
        if (clock_mono_us() > until) {
            struct error *e = error_new(a, ERR_UNAVAILABLE, "too many sign-ins at once");
            e->retry_after = 2;
            return e;
        }
        nanosleep(&(struct timespec){.tv_nsec = RETRY_MS * 1000000L}, NULL); /* flock has no timeout of its own */
    }
    return NULL;
}

struct error *password_hash(const struct keys *k, struct arena *a, struct str password, char out[PASSWORD_HASH_BYTES])
{
    int slot;
    sodium_ready();
    if (password.n > PASSWORD_MAX_BYTES)
        return error_new(a, ERR_INVALID, "a password is longer than %d bytes", PASSWORD_MAX_BYTES);
    TRY(take_slot(k, a, &slot));
    int failed = crypto_pwhash_str_alg(out, password.p, password.n, PASSES, MEMORY, crypto_pwhash_ALG_ARGON2ID13);
    close(slot);
    if (failed)
        return error_new(a, ERR_UNAVAILABLE, "no memory to compute a password hash");
    return NULL;
}

struct error *password_verify(const struct keys *k, struct arena *a, const char *hash, struct str password, bool *fits)
{
    int slot;
    char padded[PASSWORD_HASH_BYTES] = "";
    sodium_ready();
    *fits = false;
    if (password.n > PASSWORD_MAX_BYTES || !hash || strlen(hash) >= sizeof padded)
        return NULL;
    memcpy(padded, hash, strlen(hash));
    TRY(take_slot(k, a, &slot));
    *fits = crypto_pwhash_str_verify(padded, password.p, password.n) == 0;
    close(slot);
    return NULL;
}

bool password_needs_rehash(const char *hash)
{
    char padded[PASSWORD_HASH_BYTES] = "";
    sodium_ready();
    if (!hash || strlen(hash) >= sizeof padded)
        return true;
    memcpy(padded, hash, strlen(hash));
    return crypto_pwhash_str_needs_rehash(padded, PASSES, MEMORY) != 0;
}

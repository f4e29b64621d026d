#include "kernel/crypto.h"

#include <errno.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include "kernel/crypto_internal.h"

_Noreturn void crypto_broken(const char *what)
{
    fprintf(stderr, "{\"level\":\"fatal\",\"area\":\"crypto\",\"msg\":\"%s failed\"}\n", what);
    abort();
}

void random_bytes(void *out, size_t n)
{
    unsigned char *p = out;
    while (n) {
        ssize_t got = getrandom(p, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            crypto_broken("getrandom");
        p += got;
        n -= (size_t)got;
    }
}

bool bytes_equal(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

/* ---- digests: algorithms are looked up once, contexts are reused ---- */
static const EVP_MD *algorithm(enum digest_kind kind)
{
    static EVP_MD *found[2];
    static const char *const names[] = {"SHA256", "SM3"};
    if (!found[kind] && !(found[kind] = EVP_MD_fetch(NULL, names[kind], NULL)))
        crypto_broken(names[kind]);
    return found[kind];
}

static EVP_MD_CTX *new_ctx(void)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    if (!c)
        crypto_broken("EVP_MD_CTX_new");
    return c;
}

static void digest(enum digest_kind kind, const void *p, size_t n, unsigned char *out)
{
    static EVP_MD_CTX *ctx[2];
    if (!ctx[kind])
        ctx[kind] = new_ctx();
    if (!EVP_DigestInit_ex2(ctx[kind], algorithm(kind), NULL) || !EVP_DigestUpdate(ctx[kind], p, n) ||
        !EVP_DigestFinal_ex(ctx[kind], out, NULL))
        crypto_broken("digest");
}

void sha256(const void *p, size_t n, unsigned char out[DIGEST_BYTES])
{
    digest(DIGEST_SHA256, p, n, out);
}

void sm3(const void *p, size_t n, unsigned char out[DIGEST_BYTES])
{
    digest(DIGEST_SM3, p, n, out);
}

void digest_begin(struct digest *d, enum digest_kind kind)
{
    d->ctx = new_ctx();
    if (!EVP_DigestInit_ex2(d->ctx, algorithm(kind), NULL))
        crypto_broken("digest");
}

void digest_add(struct digest *d, const void *p, size_t n)
{
    if (!EVP_DigestUpdate(d->ctx, p, n))
        crypto_broken("digest");
}

void digest_end(struct digest *d, unsigned char out[DIGEST_BYTES])
{
    if (!EVP_DigestFinal_ex(d->ctx, out, NULL))
        crypto_broken("digest");
    EVP_MD_CTX_free(d->ctx);
    d->ctx = NULL;
}

/* ---- HMAC-SM3 (RFC 2104): contexts that have already taken the padded key are copied for each message ---- */
enum { BLOCK = 64 };

static void drop_ctx(void *p)
{
    EVP_MD_CTX_free(p);
}

static EVP_MD_CTX *padded(struct arena *a, const unsigned char key[BLOCK], unsigned char pad)
{
    unsigned char block[BLOCK];
    for (size_t i = 0; i < BLOCK; i++)
        block[i] = key[i] ^ pad;
    EVP_MD_CTX *c = new_ctx();
    arena_cleanup(a, drop_ctx, c);
    if (!EVP_DigestInit_ex2(c, algorithm(DIGEST_SM3), NULL) || !EVP_DigestUpdate(c, block, BLOCK))
        crypto_broken("HMAC-SM3");
    OPENSSL_cleanse(block, sizeof block);
    return c;
}

void mac_key_new(struct arena *a, const void *key, size_t n, struct mac_key *out)
{
    unsigned char block[BLOCK] = {0};
    if (n > BLOCK)
        sm3(key, n, block);
    else if (n)
        memcpy(block, key, n);
    out->inner = padded(a, block, 0x36);
    out->outer = padded(a, block, 0x5c);
    OPENSSL_cleanse(block, sizeof block);
}

void hmac_sm3_parts(const struct mac_key *key, const struct str *parts, size_t count, unsigned char out[DIGEST_BYTES])
{
    static EVP_MD_CTX *work;
    unsigned char hash[DIGEST_BYTES];
    if (!work)
        work = new_ctx();
    int good = EVP_MD_CTX_copy_ex(work, key->inner);
    for (size_t i = 0; i < count; i++)
        good = good && EVP_DigestUpdate(work, parts[i].p, parts[i].n);
    good = good && EVP_DigestFinal_ex(work, hash, NULL) && EVP_MD_CTX_copy_ex(work, key->outer) &&
           EVP_DigestUpdate(work, hash, sizeof hash) && EVP_DigestFinal_ex(work, out, NULL);
    if (!good)
        crypto_broken("HMAC-SM3");
}

void hmac_sm3(const struct mac_key *key, const void *p, size_t n, unsigned char out[DIGEST_BYTES])
{
    hmac_sm3_parts(key, &(struct str){p, n}, 1, out);
}

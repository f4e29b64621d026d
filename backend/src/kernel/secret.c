/* Secrets at rest and their blind indexes. */
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "kernel/crypto_internal.h"

enum { LAYOUT = 1, NONCE = 16, HEAD = 2 + NONCE, PAD = 16 };

static const struct secret_key *key_of(const struct keys *k, unsigned char id)
{
    for (size_t i = 0; i < k->secret_count; i++)
        if (k->secret[i].id == id)
            return &k->secret[i];
    return NULL;
}

/* CTR mode is its own inverse. */
static void sm4_ctr(const struct secret_key *key, const unsigned char *nonce, const unsigned char *in, size_t n, unsigned char *out)
{
    static EVP_CIPHER *sm4;
    static EVP_CIPHER_CTX *ctx;
    int done = 0;
    if (!sm4 && (!(sm4 = EVP_CIPHER_fetch(NULL, "SM4-CTR", NULL)) || !(ctx = EVP_CIPHER_CTX_new())))
        crypto_broken("SM4-CTR");
    if (!EVP_EncryptInit_ex2(ctx, sm4, key->sm4, nonce, NULL) || !EVP_EncryptUpdate(ctx, out, &done, in, (int)n) ||
        (size_t)done != n)
        crypto_broken("SM4-CTR");
}

/* The context's length goes first, so that no two pairs of context and body give the same bytes. */
static void mac_of(const struct secret_key *key, const char *context, struct str body, unsigned char out[DIGEST_BYTES])
{
    uint32_t n = (uint32_t)strlen(context);
    const unsigned char length[4] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16), (unsigned char)(n >> 8), (unsigned char)n};
    const struct str parts[] = {{(const char *)length, sizeof length}, {context, n}, body};
    hmac_sm3_parts(&key->mac, parts, 3, out);
}

struct error *secret_put(const struct keys *k, struct arena *a, const char *context, struct str plain, struct str *out)
{
    if (plain.n > SECRET_PLAIN_MAX)
        return error_new(a, ERR_INVALID, "a secret is longer than %d bytes", SECRET_PLAIN_MAX);
    const struct secret_key *key = &k->secret[k->secret_count - 1];
    size_t pad = PAD - plain.n % PAD, body = plain.n + pad;
    unsigned char *padded = arena_alloc(a, body), *sealed = arena_alloc(a, HEAD + body + DIGEST_BYTES);
    if (plain.n)
        memcpy(padded, plain.p, plain.n);
    memset(padded + plain.n, (int)pad, pad);
    sealed[0] = LAYOUT;
    sealed[1] = key->id;
    random_bytes(sealed + 2, NONCE);
    sm4_ctr(key, sealed + 2, padded, body, sealed + HEAD);
    OPENSSL_cleanse(padded, body);
    mac_of(key, context, (struct str){(const char *)sealed, HEAD + body}, sealed + HEAD + body);
    *out = (struct str){(const char *)sealed, HEAD + body + DIGEST_BYTES};
    return NULL;
}

static struct error *refuse(struct arena *a, const char *context)
{
    return error_new(a, ERR_INTERNAL, "a sealed value of %s cannot be opened", context);
}

struct error *secret_get(const struct keys *k, struct arena *a, const char *context, struct str sealed, struct str *out)
{
    const unsigned char *p = (const unsigned char *)sealed.p;
    unsigned char mac[DIGEST_BYTES];
    if (sealed.n < HEAD + PAD + DIGEST_BYTES || sealed.n > HEAD + SECRET_PLAIN_MAX + PAD + DIGEST_BYTES || p[0] != LAYOUT)
        return refuse(a, context);
    const struct secret_key *key = key_of(k, p[1]);
    size_t body = sealed.n - HEAD - DIGEST_BYTES;
    if (!key || body % PAD)
        return refuse(a, context);
    mac_of(key, context, (struct str){sealed.p, HEAD + body}, mac);
    if (!bytes_equal(mac, p + HEAD + body, DIGEST_BYTES))
        return refuse(a, context);
    unsigned char *plain = arena_alloc(a, body);
    sm4_ctr(key, p + 2, p + HEAD, body, plain);
    size_t pad = plain[body - 1];
    if (pad < 1 || pad > PAD)
        return refuse(a, context);
    *out = (struct str){(const char *)plain, body - pad};
    return NULL;
}

bool secret_is_current(const struct keys *k, struct str sealed)
{
    return sealed.n > 2 && sealed.p[0] == LAYOUT && (unsigned char)sealed.p[1] == k->secret[k->secret_count - 1].id;
}

void blind_index(const struct keys *k, const char *context, struct str value, unsigned char out[BLIND_BYTES])
{
    unsigned char mac[DIGEST_BYTES];
    const struct str parts[] = {{context, strlen(context) + 1}, value}; /* its NUL separates the two */
    hmac_sm3_parts(&k->index, parts, 2, mac);
    memcpy(out, mac, BLIND_BYTES);
}

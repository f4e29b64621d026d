/* Key pairs: SM2 signatures and PEM texts. */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "kernel/crypto_internal.h"

static const char sm2_identity[] = "1234567812345678"; /* GB/T 35276, when none is agreed */

static struct error *fail(struct arena *a, const char *what)
{
    ERR_clear_error();
    return error_new(a, ERR_INTERNAL, "%s", what);
}

static EVP_PKEY *read_private(const char *pem)
{
    BIO *b = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *k = b ? PEM_read_bio_PrivateKey(b, NULL, NULL, NULL) : NULL;
    BIO_free(b);
    return k;
}

static EVP_PKEY *read_public(const char *pem)
{
    BIO *b = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *k = b ? PEM_read_bio_PUBKEY(b, NULL, NULL, NULL) : NULL;
    BIO_free(b);
    return k;
}

/* A digest context bound to the key and the identity; freed by close_ctx. */
static EVP_MD_CTX *open_ctx(EVP_PKEY *key)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    EVP_PKEY_CTX *p = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    if (!c || !p || EVP_PKEY_CTX_set1_id(p, sm2_identity, sizeof sm2_identity - 1) <= 0) {
        EVP_PKEY_CTX_free(p);
        EVP_MD_CTX_free(c);
        return NULL;
    }
    EVP_MD_CTX_set_pkey_ctx(c, p);
    return c;
}

static void close_ctx(EVP_MD_CTX *c)
{
    EVP_PKEY_CTX *p = c ? EVP_MD_CTX_get_pkey_ctx(c) : NULL;
    EVP_MD_CTX_free(c); /* does not free a context that was set */
    EVP_PKEY_CTX_free(p);
}

struct error *sm2_sign(struct arena *a, const char *private_pem, const void *p, size_t n, unsigned char out[SM2_SIGNATURE_MAX],
                       size_t *out_n)
{
    EVP_PKEY *key = read_private(private_pem);
    EVP_MD_CTX *c = open_ctx(key);
    size_t length = SM2_SIGNATURE_MAX;
    bool good = c && EVP_DigestSignInit(c, NULL, EVP_sm3(), NULL, key) > 0 && EVP_DigestSign(c, out, &length, p, n) > 0;
    close_ctx(c);
    EVP_PKEY_free(key);
    if (!good)
        return fail(a, "SM2: the key cannot sign");
    *out_n = length;
    return NULL;
}

bool sm2_verify(const char *public_pem, const void *p, size_t n, const void *signature, size_t signature_n)
{
    EVP_PKEY *key = read_public(public_pem);
    EVP_MD_CTX *c = open_ctx(key);
    bool good =
        c && EVP_DigestVerifyInit(c, NULL, EVP_sm3(), NULL, key) > 0 && EVP_DigestVerify(c, signature, signature_n, p, n) == 1;
    close_ctx(c);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return good;
}

static struct error *written(struct arena *a, EVP_PKEY *key, bool private_half, char **out)
{
    BIO *b = key ? BIO_new(BIO_s_mem()) : NULL;
    int good =
        b && (private_half ? PEM_write_bio_PKCS8PrivateKey(b, key, NULL, NULL, 0, NULL, NULL) : PEM_write_bio_PUBKEY(b, key));
    char *text = NULL;
    long n = good ? BIO_get_mem_data(b, &text) : 0;
    if (n > 0)
        *out = arena_strndup(a, text, (size_t)n);
    BIO_free(b);
    EVP_PKEY_free(key);
    return n > 0 ? NULL : fail(a, "a key could not be made or read");
}

struct error *sm2_generate(struct arena *a, char **out_pem)
{
    return written(a, EVP_PKEY_Q_keygen(NULL, NULL, "SM2"), true, out_pem);
}

struct error *p256_generate(struct arena *a, char **out_pem)
{
    return written(a, EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256"), true, out_pem);
}

struct error *public_pem_of(struct arena *a, const char *private_pem, char **out_pem)
{
    return written(a, read_private(private_pem), false, out_pem);
}

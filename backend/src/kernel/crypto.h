/* Cryptography over OpenSSL 3 (SM2, SM3, SM4, SHA-256, P-256) and libsodium (argon2id). No algorithm is ours.
 *
 * Keys are loaded once by the master and shared by its children; they live in the arena that they were loaded into.
 * Single-threaded. A failure inside the libraries that only memory or a broken build can cause ends the process. */
#ifndef KERNEL_CRYPTO_H
#define KERNEL_CRYPTO_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/error.h"
#include "kernel/str.h"

enum {
    DIGEST_BYTES = 32, /* SHA-256, SM3, HMAC-SM3 */
    BLIND_BYTES = 16,
    SECRET_OVERHEAD = 66, /* bytes that sealing adds: version 1, key id 1, nonce 16, mac 32, length pad 16 */
    SECRET_PLAIN_MAX = 65536,
    SM2_SIGNATURE_MAX = 72, /* DER */
    PASSWORD_HASH_BYTES = 128,
    SECRET_KEYS_MAX = 16
};

void random_bytes(void *out, size_t n);
bool bytes_equal(const void *a, const void *b, size_t n); /* time depends on n only */

void sha256(const void *p, size_t n, unsigned char out[DIGEST_BYTES]);
void sm3(const void *p, size_t n, unsigned char out[DIGEST_BYTES]);

/* Digests of what does not fit into memory. One at a time per `struct digest`. */
struct digest {
    void *ctx;
};
enum digest_kind { DIGEST_SHA256, DIGEST_SM3 };
void digest_begin(struct digest *d, enum digest_kind kind);
void digest_add(struct digest *d, const void *p, size_t n);
void digest_end(struct digest *d, unsigned char out[DIGEST_BYTES]);

/* A prepared HMAC-SM3 key: the two pads are hashed already. Freed with the arena. */
struct mac_key {
    void *inner, *outer;
};
void mac_key_new(struct arena *a, const void *key, size_t n, struct mac_key *out);
void hmac_sm3(const struct mac_key *key, const void *p, size_t n, unsigned char out[DIGEST_BYTES]);
void hmac_sm3_parts(const struct mac_key *key, const struct str *parts, size_t count, unsigned char out[DIGEST_BYTES]);

/* Base64 (RFC 4648). out of encode: 4 * ((n + 2) / 3) + 1 bytes; url form without padding, strict in decoding
 * (alphabet, length, zero bits at the end). Decoding fails when the result exceeds cap. */
size_t base64url_encode(const void *p, size_t n, char *out);
bool base64url_decode(struct str s, unsigned char *out, size_t cap, size_t *n);
size_t base64_encode(const void *p, size_t n, char *out);
bool base64_decode(struct str s, unsigned char *out, size_t cap, size_t *n);

/* ---- the keys of one installation, from STATE/keys ---- */
struct secret_key {
    unsigned char id; /* 1..255 */
    unsigned char sm4[16];
    struct mac_key mac;
};
struct keys {
    struct secret_key secret[SECRET_KEYS_MAX]; /* oldest first; the last one seals */
    size_t secret_count;
    struct mac_key index;     /* blind indexes */
    struct mac_key cache_mac; /* what we put into Redis and read back */
    struct mac_key grant;     /* what roles and accounts may do (identity/grant.h) */
    struct mac_key hosts;     /* what hosts of the platform ask of each other */
    struct mac_key audit;     /* rows of the audit trail */
    const char *audit_sm2_pem, *audit_sm2_public_pem;
    const char *jwt_es256_pem, *jwt_es256_public_pem;
    const char *run_dir; /* where the password slots are: DIR/../run */
};
/* secret.key, index.key, audit.key (text, one "id hex" per line), audit-sm2.pem, jwt-es256.pem. Refuses files that are
 * missing, short, not regular, or open to group or others. */
struct error *keys_load(struct arena *a, const char *dir, struct keys *out) MUST_CHECK;
/* Creates the directory and what is missing in it, each file whole or not at all; never touches what is there. */
struct error *keys_init(struct arena *a, const char *dir) MUST_CHECK;
/* Adds a new secret key: from the next start it seals, the older ones still open. */
struct error *keys_rotate_secret(struct arena *a, const char *dir) MUST_CHECK;

/* ---- secrets at rest: SM4-CTR, then HMAC-SM3 over context and everything before the mac ----
 * Layout: version 1 | key id | nonce 16 | ciphertext | mac 32. context names the column ("people.mobile"): a sealed value
 * does not open under another. The plain text is padded to a multiple of 16, so its length shows only roughly. */
struct error *secret_put(const struct keys *k, struct arena *a, const char *context, struct str plain, struct str *out) MUST_CHECK;
/* ERR_INTERNAL when altered, cut, of another context, or sealed by a key that is gone. */
struct error *secret_get(const struct keys *k, struct arena *a, const char *context, struct str sealed, struct str *out) MUST_CHECK;
bool secret_is_current(const struct keys *k, struct str sealed); /* sealed by the newest key */
/* Equal values of one context have equal indexes; without the key they say nothing. The caller normalises. */
void blind_index(const struct keys *k, const char *context, struct str value, unsigned char out[BLIND_BYTES]);

/* ---- SM2 with SM3, default identity 1234567812345678 (GB/T 35276); DER signatures ---- */
struct error *sm2_sign(struct arena *a, const char *private_pem, const void *p, size_t n, unsigned char out[SM2_SIGNATURE_MAX],
                       size_t *out_n) MUST_CHECK;
bool sm2_verify(const char *public_pem, const void *p, size_t n, const void *signature, size_t signature_n);
/* New keys as PKCS 8 PEM text; the public half of a private PEM. */
struct error *sm2_generate(struct arena *a, char **out_pem) MUST_CHECK;
struct error *p256_generate(struct arena *a, char **out_pem) MUST_CHECK;
struct error *public_pem_of(struct arena *a, const char *private_pem, char **out_pem) MUST_CHECK;

/* ---- passwords: argon2id, 32 MiB, 2 passes; at most 4 computed at once per host ----
 * ERR_UNAVAILABLE when no slot came free within 3 s. Passwords longer than 1024 bytes are refused. */
struct error *password_hash(const struct keys *k, struct arena *a, struct str password, char out[PASSWORD_HASH_BYTES]) MUST_CHECK;
struct error *password_verify(const struct keys *k, struct arena *a, const char *hash, struct str password, bool *fits) MUST_CHECK;
bool password_needs_rehash(const char *hash);

#endif

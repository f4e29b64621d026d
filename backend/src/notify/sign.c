#include "notify/sign.h"

#include <openssl/evp.h>
#include <stdlib.h>

#include "kernel/crypto.h"

bool mac_of_name(struct str name, enum mac *out)
{
    *out = str_is(name, "sha256") ? MAC_SHA256 : MAC_SM3;
    return str_is(name, "sm3") || *out == MAC_SHA256;
}

void sign_parts(enum mac mac, struct str key, const struct str *parts, size_t n, struct arena *a, char out[SIGNATURE_MAX])
{
    size_t total = n;
    unsigned char digest[DIGEST_BYTES];
    size_t length = 0;
    for (size_t i = 0; i < n; i++)
        total += parts[i].n;
    struct buf b = buf_new(a, total + 1, total + 1);
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_c(&b, '.');
        buf_str(&b, parts[i]);
    }
    if (!EVP_Q_mac(NULL, "HMAC", NULL, mac == MAC_SM3 ? "SM3" : "SHA256", NULL, key.p, key.n, (const unsigned char *)b.p, b.n,
                   digest, sizeof digest, &length) ||
        length != sizeof digest)
        abort();
    const char *name = mac == MAC_SM3 ? "sm3=" : "sha256=";
    size_t at = strlen(name);
    memcpy(out, name, at);
    hex_encode(digest, sizeof digest, out + at);
}

bool sign_fits(enum mac mac, struct str key, const struct str *parts, size_t n, struct arena *a, struct str signature)
{
    char right[SIGNATURE_MAX];
    sign_parts(mac, key, parts, n, a, right);
    return signature.n == strlen(right) && bytes_equal(signature.p, right, signature.n);
}

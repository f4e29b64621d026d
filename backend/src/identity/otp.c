#include "identity/otp.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/crypto.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void otp_secret_text(const unsigned char secret[OTP_BYTES], char out[OTP_TEXT + 1])
{
    unsigned bits = 0, held = 0;
    size_t n = 0;
    for (size_t i = 0; i < OTP_BYTES; i++) {
        held = (held << 8 | secret[i]) & 0xfff;
        for (bits += 8; bits >= 5; bits -= 5)
            out[n++] = alphabet[held >> (bits - 5) & 31];
    }
    out[n] = '\0';
}

bool otp_secret_read(struct str text, unsigned char out[OTP_BYTES])
{
    unsigned bits = 0, held = 0;
    size_t n = 0;
    if (text.n != OTP_TEXT)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        const char *at = text.p[i] ? strchr(alphabet, text.p[i]) : NULL;
        if (!at)
            return false;
        held = (held << 5 | (unsigned)(at - alphabet)) & 0xfff;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            out[n++] = (unsigned char)(held >> bits);
        }
    }
    return true;
}

void otp_code(const unsigned char secret[OTP_BYTES], int64_t step, char out[OTP_DIGITS + 1])
{
    unsigned char counter[8], mac[EVP_MAX_MD_SIZE];
    unsigned n;
    for (int i = 0; i < 8; i++)
        counter[i] = (unsigned char)((uint64_t)step >> (56 - 8 * i));
    if (!HMAC(EVP_sha1(), secret, OTP_BYTES, counter, sizeof counter, mac, &n))
        abort();
    const unsigned char *at = mac + (mac[n - 1] & 15);
    uint32_t value = ((uint32_t)(at[0] & 0x7f) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3]) % 1000000;
    snprintf(out, OTP_DIGITS + 1, "%06u", value);
}

bool otp_fits(const unsigned char secret[OTP_BYTES], struct str code, int64_t now_seconds, int64_t last_step, int64_t *step)
{
    int64_t now = now_seconds / OTP_STEP_SECONDS;
    bool found = false;
    for (int64_t at = now - OTP_DRIFT_STEPS; at <= now + OTP_DRIFT_STEPS; at++) {
        char want[OTP_DIGITS + 1];
        otp_code(secret, at, want);
        if (at > last_step && code.n == OTP_DIGITS && bytes_equal(code.p, want, OTP_DIGITS) && !found) {
            found = true;
            *step = at;
        }
    }
    return found;
}

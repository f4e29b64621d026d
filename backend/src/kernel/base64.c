#include "kernel/crypto.h"

static const char standard[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url_safe[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/* Groups of three bytes are four characters; a rest of one or two bytes is two or three. */
static size_t encode(const char *alphabet, const unsigned char *p, size_t n, char *out)
{
    size_t at = 0;
    for (size_t i = 0; i < n; i += 3) {
        size_t left = n - i < 3 ? n - i : 3;
        unsigned v = (unsigned)p[i] << 16 | (left > 1 ? (unsigned)p[i + 1] << 8 : 0) | (left > 2 ? p[i + 2] : 0U);
        for (size_t k = 0; k <= left; k++)
            out[at++] = alphabet[v >> (18 - 6 * k) & 63];
    }
    return at;
}

size_t base64url_encode(const void *p, size_t n, char *out)
{
    size_t at = encode(url_safe, p, n, out);
    out[at] = '\0';
    return at;
}

size_t base64_encode(const void *p, size_t n, char *out)
{
    size_t at = encode(standard, p, n, out);
    while (at % 4)
        out[at++] = '=';
    out[at] = '\0';
    return at;
}

static int value_of(char c, char c62, char c63)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == c62 ? 62 : c == c63 ? 63 : -1;
}

static bool decode(struct str s, char c62, char c63, unsigned char *out, size_t cap, size_t *n)
{
    unsigned bits = 0, v = 0;
    *n = 0;
    if (s.n % 4 == 1)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        int d = value_of(s.p[i], c62, c63);
        if (d < 0)
            return false;
        v = (v << 6 | (unsigned)d) & 0xffff;
        bits += 6;
        if (bits < 8)
            continue;
        bits -= 8;
        if (*n == cap)
            return false;
        out[(*n)++] = (unsigned char)(v >> bits);
    }
    return (v & ((1U << bits) - 1)) == 0; /* one text for one value: unused bits are zero */
}

bool base64url_decode(struct str s, unsigned char *out, size_t cap, size_t *n)
{
    return decode(s, '-', '_', out, cap, n);
}

bool base64_decode(struct str s, unsigned char *out, size_t cap, size_t *n)
{
    *n = 0;
    if (s.n % 4)
        return false;
    for (int pads = 0; pads < 2 && s.n && s.p[s.n - 1] == '='; pads++)
        s.n--;
    return decode(s, '+', '/', out, cap, n);
}

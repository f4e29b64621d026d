#include "kernel/id.h"

#include <unistd.h>

#include "kernel/clock.h"
#include "kernel/crypto.h"

/* Layout (RFC 9562, 5.7): 48 bits of milliseconds, version, 12 bits rand_a, variant, 62 bits rand_b.
 * Within a millisecond rand_a and rand_b are one 74-bit counter with a random start and random steps (6.2, method 2). */
static struct {
    pid_t pid;
    uint64_t ms;
    uint64_t a, b;
    unsigned char pool[1024]; /* random bytes, drawn in bulk: one system call serves many ids */
    size_t left;
} state;

enum { A_BITS = 12, B_BITS = 62 };
#define B_MASK ((UINT64_C(1) << B_BITS) - 1)

static uint64_t draw(size_t n)
{
    if (state.left < n) {
        random_bytes(state.pool, sizeof state.pool);
        state.left = sizeof state.pool;
    }
    uint64_t v = 0;
    memcpy(&v, state.pool + (sizeof state.pool - state.left), n);
    state.left -= n;
    return v;
}

static void start_at(uint64_t ms)
{
    state.ms = ms;
    state.a = draw(2) & 0x7ff; /* the top bit stays free: room to count */
    state.b = draw(8) & B_MASK;
}

static void step(void)
{
    state.b += 1 + draw(4);
    if (state.b <= B_MASK)
        return;
    state.b &= B_MASK;
    if (++state.a >> A_BITS)
        start_at(state.ms + 1);
}

static uuid text_of(uint64_t ms, uint64_t a, uint64_t b)
{
    uint64_t high = ms << 16 | UINT64_C(0x7000) | a, low = UINT64_C(2) << B_BITS | b;
    unsigned char bytes[16];
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)(high >> (56 - 8 * i));
        bytes[8 + i] = (unsigned char)(low >> (56 - 8 * i));
    }
    return id_text(bytes);
}

uuid id_new(void)
{
    pid_t pid = getpid();
    uint64_t now = (uint64_t)clock_now_us() / 1000;
    if (pid != state.pid) {
        state.pid = pid;
        state.left = 0; /* the parent's unused bytes are the parent's */
        start_at(now > state.ms ? now : state.ms);
    } else if (now > state.ms) {
        start_at(now);
    } else {
        step();
    }
    return text_of(state.ms, state.a, state.b);
}

/* splitmix64 */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

uuid id_at(int64_t unix_us, uint64_t seed)
{
    uint64_t us = unix_us > 0 ? (uint64_t)unix_us : 0;
    /* rand_a carries the microseconds, so that ids sort as their times do (6.2, method 3) */
    return text_of(us / 1000, (us % 1000) * 4096 / 1000, mix(mix(seed) ^ us) & B_MASK);
}

static bool dash_at(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

bool id_valid(struct str s)
{
    unsigned char bytes[16];
    return id_bytes(s, bytes);
}

bool id_bytes(struct str s, unsigned char out[16])
{
    if (s.n != ID_LEN)
        return false;
    unsigned nibble = 0;
    for (size_t i = 0; i < ID_LEN; i++) {
        if (dash_at(i)) {
            if (s.p[i] != '-')
                return false;
            continue;
        }
        int d = digit(s.p[i]);
        if (d < 0)
            return false;
        unsigned char *to = &out[nibble / 2];
        *to = (unsigned char)(nibble++ % 2 ? *to | d : d << 4);
    }
    return true;
}

uuid id_text(const unsigned char bytes[16])
{
    static const char hex[] = "0123456789abcdef";
    uuid u;
    size_t at = 0;
    for (size_t i = 0; i < 16; i++) {
        if (dash_at(at))
            u.s[at++] = '-';
        u.s[at++] = hex[bytes[i] >> 4];
        u.s[at++] = hex[bytes[i] & 15];
    }
    u.s[ID_LEN] = '\0';
    return u;
}

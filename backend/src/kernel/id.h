/* Ids: UUID version 7 (RFC 9562), 36 characters of text.
 *
 * Within one process ids rise strictly, also when the clock goes back; a forked child starts with fresh
 * randomness of its own. Uniqueness between processes rests on at least 62 random bits per millisecond. */
#ifndef KERNEL_ID_H
#define KERNEL_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/str.h"

#define ID_LEN 36

typedef struct {
    char s[ID_LEN + 1];
} uuid;

uuid id_new(void);
/* The same id for the same arguments, for generated data only: anyone can guess it. */
uuid id_at(int64_t unix_us, uint64_t seed);
/* The form 8-4-4-4-12 of hexadecimal digits, any version. */
bool id_valid(struct str s);
/* 16 bytes <-> text; id_bytes is false unless id_valid. */
bool id_bytes(struct str s, unsigned char out[16]);
uuid id_text(const unsigned char bytes[16]);

#endif

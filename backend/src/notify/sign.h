/* Signatures of messages to and from other systems: HMAC over "TIMESTAMP.BODY" (or "TIMESTAMP.NONCE.BODY"), by SM3 or SHA-256. */
#ifndef NOTIFY_SIGN_H
#define NOTIFY_SIGN_H

#include <stdbool.h>

#include "kernel/str.h"

enum mac { MAC_SM3, MAC_SHA256 };
bool mac_of_name(struct str name, enum mac *out); /* "sm3", "sha256" */
enum { SIGNATURE_MAX = 80 };
/* "sm3=HEX" or "sha256=HEX" over the parts joined by points. */
void sign_parts(enum mac mac, struct str key, const struct str *parts, size_t n, struct arena *a, char out[SIGNATURE_MAX]);
/* Whether it is the signature of the parts; its beginning says which algorithm, which must be the one expected. */
bool sign_fits(enum mac mac, struct str key, const struct str *parts, size_t n, struct arena *a, struct str signature);

#endif

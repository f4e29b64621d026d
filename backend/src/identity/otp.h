/* One-time codes of an authenticator (RFC 6238: HMAC-SHA-1, 30 s, 6 digits), pure. */
#ifndef IDENTITY_OTP_H
#define IDENTITY_OTP_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/str.h"

enum { OTP_BYTES = 20, OTP_TEXT = 32, OTP_DIGITS = 6, OTP_STEP_SECONDS = 30, OTP_DRIFT_STEPS = 1 };

/* RFC 4648 base32 without padding. */
void otp_secret_text(const unsigned char secret[OTP_BYTES], char out[OTP_TEXT + 1]);
bool otp_secret_read(struct str text, unsigned char out[OTP_BYTES]);
void otp_code(const unsigned char secret[OTP_BYTES], int64_t step, char out[OTP_DIGITS + 1]);
/* Is it the code of now, give or take a step, and of a later step than the last one used? *step is that step. */
bool otp_fits(const unsigned char secret[OTP_BYTES], struct str code, int64_t now_seconds, int64_t last_step, int64_t *step);

#endif

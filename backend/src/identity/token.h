/* Machine tokens: ES256 JWT (RFC 7519) made and checked here. libjwt 1.10.2 checks neither the algorithm nor the
 * expiry, so the header is read before it sees the token and every claim after. */
#ifndef IDENTITY_TOKEN_H
#define IDENTITY_TOKEN_H

#include "http/services.h"
#include "kernel/error.h"

struct token_claims {
    char client_id[37];
    int64_t epoch;
};

struct error *token_issue(struct services *s, struct arena *a, const char *client_id, int64_t epoch, int64_t now_us,
                          char **out) MUST_CHECK;
/* ERR_TOKEN_INVALID for anything that is not a token of ours that is valid now. */
struct error *token_check(struct services *s, struct arena *a, struct str token, int64_t now_us,
                          struct token_claims *out) MUST_CHECK;

#endif

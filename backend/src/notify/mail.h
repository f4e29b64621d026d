/* A mail as it goes over the wire: plain text, UTF-8. Pure. */
#ifndef NOTIFY_MAIL_H
#define NOTIFY_MAIL_H

#include <stdint.h>

#include "kernel/str.h"

struct mail {
    struct str from, from_name, to, subject, body;
    const char *id, *host; /* Message-ID: <id@host> */
    int64_t now;
};
/* Header values are cut into lines and encoded; control characters in them become blanks. */
struct str mail_compose(struct arena *a, const struct mail *m);
/* 138****5678; z***@example.cn: what may be shown and logged of an address. */
struct str address_mask(struct arena *a, struct str plain);

#endif

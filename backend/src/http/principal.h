/* Who is asking. Made by identity/ for each request; read-only for everybody else. */
#ifndef HTTP_PRINCIPAL_H
#define HTTP_PRINCIPAL_H

#include <stdbool.h>

#include "kernel/str.h"
#include "sql/sql.h"

enum principal_kind { PRINCIPAL_NONE, PRINCIPAL_USER, PRINCIPAL_CLIENT };

/* The place of an organisation in the tree: what is stamped on each row that belongs to it. */
struct org_stamp {
    char org_id[37];
    char level[6][37]; /* ancestors from the root, itself included; "" below its depth */
    char sector[17];   /* "" when none */
    int depth;         /* 1 = root */
};

struct principal {
    enum principal_kind kind;
    char id[37];    /* users.id or clients.id */
    char name[193]; /* display name, UTF-8 */
    char username[193];
    char org_name[601];
    struct org_stamp org;           /* the principal's own organisation */
    struct scope scope;             /* rows that it may see */
    const char *const *permissions; /* sorted, NULL-terminated; lives as long as the principal */
    char csrf[44];
    bool must_change_password;
    char lang[9];
};

bool principal_may(const struct principal *p, const char *permission);
/* All of them in one text with commas, for FIND_IN_SET. */
const char *principal_permissions(struct arena *a, const struct principal *p);

#endif

/* SQL of people; inside org/ only. Sealed columns go in and out as they are stored. */
#ifndef ORG_PERSON_STORE_H
#define ORG_PERSON_STORE_H

#include "http/request.h"
#include "kernel/crypto.h"

enum person_secret { PERSON_PHONE, PERSON_MOBILE, PERSON_EMAIL, PERSON_SECRETS };
struct person_record {
    char id[37];
    struct str name, title, duty;
    struct str sealed[PERSON_SECRETS]; /* empty: none */
    struct str index[PERSON_SECRETS];
    bool title_given, given[PERSON_SECRETS]; /* a change leaves alone what it was not given */
    int64_t version;
};
/* A number or address that is searched for. */
struct person_number {
    bool given;
    unsigned char index[PERSON_SECRETS][BLIND_BYTES];
};
/* Columns: id, org_id, org name, name, title, duty, phone, mobile, email (sealed), version, updated_at. */
struct error *person_rows(struct request *r, const struct person_number *n, const struct page *p, struct rows *out) MUST_CHECK;
struct error *person_count(struct request *r, const struct person_number *n, int64_t *out) MUST_CHECK;
struct error *person_row(struct request *r, const char *id, struct rows *out, bool *found) MUST_CHECK;
/* Whoever has this name in an organisation, locked: how many (at most 2), and id and version of one. */
struct error *person_named(struct request *r, const char *org_id, struct str name, char id[37], int64_t *version,
                           size_t *n) MUST_CHECK;
struct error *person_insert(struct request *r, const struct person_record *p, const struct org_stamp *org) MUST_CHECK;
struct error *person_change(struct request *r, const struct person_record *p, uint64_t *affected) MUST_CHECK;
struct error *person_remove(struct request *r, const char *id, uint64_t *affected) MUST_CHECK;

#endif

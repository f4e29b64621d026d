/* Attributes of forms that records are found, sorted and counted by (x-uses filter, dimension): rows of attribute_index,
 * written in the transaction of their record. A feature's kind of record says which records have values (kind.h) and calls
 * attributes_put wherever it writes one. An attribute that is newly wanted is read in by a job and is ready after it.
 *
 * All forms of a code (the platform's and those of realms) share its attributes: one field name means one thing there. */
#ifndef FORMS_ATTRIBUTE_H
#define FORMS_ATTRIBUTE_H

#include "forms/form.h"
#include "http/principal.h"
#include "sql/sql.h"

enum {
    ATTRIBUTE_VALUE_MAX = 96, /* bytes; longer texts are found by their beginning */
    ATTRIBUTES_MAX = 40,      /* of a code */
    ATTRIBUTE_ANY_MAX = 1000,
    ATTRIBUTE_CONDITIONS = 3
};
struct attribute {
    int64_t no;
    struct str code; /* of the form */
    const char *field;
    enum form_widget widget;
    const char *dictionary; /* "" for none */
    bool ready;
};
struct attribute_set {
    struct attribute *list;
    size_t count;
};
/* All of a kind, into keep. */
struct error *attributes_load(struct services *s, struct arena *a, struct arena *keep, const char *kind,
                              struct attribute_set *out) MUST_CHECK;
const struct attribute *attribute_of(const struct attribute_set *set, struct str code, struct str field);

/* ---- writing, in the transaction of the records ---- */
struct attribute_record {
    struct str id, code; /* id as the text of an UUID */
    struct str values;   /* JSON object; empty: none */
    const struct org_stamp *org;
};
/* The rows of these records, in place of what they had; fresh: they had none. */
struct error *attributes_put(struct services *s, struct arena *a, const char *kind, const struct attribute_record *list, size_t n,
                             bool fresh) MUST_CHECK;
struct error *attributes_remove(struct services *s, struct arena *a, const char *kind, const struct str *ids, size_t n) MUST_CHECK;
/* After the forms of a code changed: what they want now, and a job for the difference. ERR_INVALID when two of them mean
 * different things by one field. */
struct error *attributes_refresh(struct services *s, struct arena *a, struct str kind, struct str code, const char *actor,
                                 const struct org_stamp *org) MUST_CHECK;

/* ---- reading ---- */
/* What a list asks of an attribute. lo and hi bound the value; any, where there is one, are values in hexadecimal. */
struct attribute_condition {
    int64_t no; /* 0: asks nothing */
    struct str lo, hi, any;
};
struct attribute_query {
    struct attribute_condition where[ATTRIBUTE_CONDITIONS];
    size_t count;
    struct str text; /* the same as JSON with sorted keys; empty: none */
    int64_t sort;    /* attribute to sort by; 0: none */
    bool down;
};
/* where: {FIELD: null (has none) | true | "text" | [CODE...] | {"min", "max"}}; sort: "attributes.FIELD", with "-" before it
 * downwards, anything else is not looked at. Errors carry "where/FIELD" or "sort". */
struct error *attribute_query_read(struct arena *a, const struct attribute_set *set, const struct codes *codes,
                                   const struct org_stamp *org, struct str code, json_t *where, struct str sort,
                                   struct attribute_query *out) MUST_CHECK;

/* The attribute, or why it cannot be used: unknown_field, not_ready, at the given name. */
struct error *attribute_usable(struct arena *a, const struct attribute_set *set, struct str code, struct str field, const char *at,
                               const struct attribute **out) MUST_CHECK;

/* The conditions as part of a WHERE, beside the column of the record's id. */
#define ATTRIBUTE_CONDITION(id, w)                                                                                               \
    " AND (:" w " IS NULL OR EXISTS (SELECT 1 FROM attribute_index " w " WHERE " w ".record_id = " id " AND " w ".attr_no = :" w \
    " AND " w ".value BETWEEN :" w "_lo AND :" w "_hi AND (:" w "_any IS NULL OR FIND_IN_SET(HEX(" w ".value), :" w "_any))))"
#define ATTRIBUTE_FILTERS(id) ATTRIBUTE_CONDITION(id, "w0") ATTRIBUTE_CONDITION(id, "w1") ATTRIBUTE_CONDITION(id, "w2")
#define ATTRIBUTE_ARGS(q) \
    ATTRIBUTE_ARGS_OF("w0", (q)->where[0]), ATTRIBUTE_ARGS_OF("w1", (q)->where[1]), ATTRIBUTE_ARGS_OF("w2", (q)->where[2])
#define ATTRIBUTE_ARGS_OF(w, c) \
    attribute_no_arg(w, &(c)), A_BYTES(w "_lo", (c).lo.p, (c).lo.n), A_BYTES(w "_hi", (c).hi.p, (c).hi.n), A_OPT(w "_any", (c).any)
/* NULL when the condition asks nothing. */
struct sql_arg attribute_no_arg(const char *name, const struct attribute_condition *c);
/* Every value there is. */
struct attribute_condition attribute_all(int64_t no);

/* A value as it stands in the index; NULL and empty ones have no bytes. */
size_t attribute_value(enum form_widget widget, json_t *v, unsigned char out[ATTRIBUTE_VALUE_MAX]);

#endif

/* SQL of assets; inside assets/ only. */
#ifndef ASSETS_ASSET_STORE_H
#define ASSETS_ASSET_STORE_H

#include "assets/asset.h"
#include "http/request.h"

/* Columns of a list row, of assets a and orgs o, but the attributes: a list has them where it is of a class. */
#define ASSET_ITEM_COLUMNS                                                                                            \
    "a.id, a.asset_no, a.class_code, a.category_code, a.name, a.state_code, a.importance, a.main_address, a.org_id, " \
    "o.name, a.os_name, a.os_version, a.internet_exposed, a.source_code, a.updated_at, a.version"
enum {
    ROW_ID,
    ROW_NO,
    ROW_CLASS,
    ROW_CATEGORY,
    ROW_NAME,
    ROW_STATE,
    ROW_IMPORTANCE,
    ROW_ADDRESS,
    ROW_ORG,
    ROW_ORG_NAME,
    ROW_OS,
    ROW_OS_VERSION,
    ROW_EXPOSED,
    ROW_SOURCE,
    ROW_UPDATED,
    ROW_VERSION,
    ROW_ATTRIBUTES,
    ROW_ITEM_COLUMNS
};
struct asset_filter {
    struct str class, category, org, state, source, importance, q, address, sort;
    int exposed;      /* -1: either */
    int64_t after_us; /* keyset: 0 none */
    struct str after_id;
    struct attribute_query attributes;      /* of the class */
    const struct attribute_condition *lead; /* that leaves few records, or NULL (asset_lead) */
};
/* The filters as part of a WHERE over `assets a`, and their arguments: absent ones let everything through. */
#define ASSET_FILTERS                                                                                                                    \
    " AND (:class IS NULL OR a.class_code = :class) AND (:category IS NULL OR a.category_code LIKE CONCAT(:category, '%'))"              \
    " AND (:org IS NULL OR :org IN (a.org_l1, a.org_l2, a.org_l3, a.org_l4, a.org_l5, a.org_l6))"                                        \
    " AND (:state IS NULL OR a.state_code = :state) AND (:source IS NULL OR a.source_code = :source)"                                    \
    " AND (:importance IS NULL OR a.importance = :importance) AND (:exposed < 0 OR a.internet_exposed = :exposed)"                       \
    " AND (:after_id IS NULL OR (a.updated_at <= :after_at AND (a.updated_at < :after_at OR a.id < :after_id)))"                         \
    " AND (:address IS NULL OR EXISTS (SELECT 1 FROM asset_addresses x WHERE x.asset_id = a.id AND x.valid_to IS NULL "                  \
    "AND x.value = :address))"                                                                                                           \
    " AND (:q IS NULL OR a.name LIKE CONCAT('%', :q, '%') OR a.asset_no = :q OR a.main_address LIKE CONCAT(:q, '%'))" ATTRIBUTE_FILTERS( \
        "a.id")
#define ASSET_FILTER_ARGS(a, scope, f)                                                                                            \
    A_SCOPE(scope), A_OPT("class", (f)->class), A_OPT("category", (f)->category), A_OPT("org", (f)->org),                         \
        A_OPT("state", (f)->state), A_OPT("source", (f)->source), A_OPT("importance", (f)->importance),                           \
        A_INT("exposed", (f)->exposed), A_OPT("q", (f)->q), A_OPT("address", (f)->address), A_TIME(a, "after_at", (f)->after_us), \
        A_OPT("after_id", (f)->after_id), ATTRIBUTE_ARGS(&(f)->attributes)
struct error *asset_filter_of(struct request *r, struct asset_filter *out) MUST_CHECK;
/* Finds what leads the list; before asset_page and asset_count. */
struct error *asset_lead(struct services *s, struct arena *a, const struct scope *scope, struct asset_filter *f) MUST_CHECK;
/* The attribute that assets of a class are counted by. */
struct error *asset_ask_dimension(struct request *r, struct str class, struct str field, int64_t *out) MUST_CHECK;
/* attribute_query_read for the caller, by what is kept of the catalogue or, where that does not know the attribute, by what holds now. */
struct error *asset_ask(struct request *r, struct str class, json_t *where, struct str sort,
                        struct attribute_query *out) MUST_CHECK;
/* No filter but the class. */
bool asset_filter_plain(const struct asset_filter *f);
/* asset_page and asset_count where attributes filter or sort (asset_attribute_store.c); done tells: false when no index of an
 * attribute serves it better. */
struct error *asset_page_by_attribute(struct services *s, struct arena *a, const struct scope *scope, const struct asset_filter *f,
                                      int64_t offset, int64_t size, struct rows *out, bool *done) MUST_CHECK;
struct error *asset_count_by_attribute(struct services *s, struct arena *a, const struct scope *scope, const struct asset_filter *f,
                                       int64_t cap, int64_t *out, bool *done) MUST_CHECK;
/* value (of an attribute with codes) and how many, most first. */
struct error *asset_breakdown_rows(struct services *s, struct arena *a, const struct scope *scope, int64_t attribute,
                                   struct rows *out) MUST_CHECK;
struct error *asset_page(struct services *s, struct arena *a, const struct scope *scope, const struct asset_filter *f,
                         int64_t offset, int64_t size, struct rows *out) MUST_CHECK;
struct error *asset_count(struct services *s, struct arena *a, const struct scope *scope, const struct asset_filter *f, int64_t cap,
                          int64_t *out) MUST_CHECK;

/* What a request says of an asset of an organisation, checked against the catalogue. was: the record that is changed; NULL for a
 * new one. Errors carry the field ("addresses/0/value"). Then, once it has its id: its person, and what its attributes refer to. */
struct error *asset_record_read(struct request *r, const json_t *record, const struct org_stamp *org, const struct asset *was,
                                struct asset *x) MUST_CHECK;
struct error *asset_record_check(struct request *r, const struct asset *was, const struct asset *x) MUST_CHECK;

/* The record inside the scope, with its open addresses; found tells. */
struct error *asset_read(struct services *s, struct arena *a, const struct scope *scope, const char *id, struct asset *out,
                         bool *found) MUST_CHECK;
/* The same for many: x stays NULL for what lies outside the scope. Two queries. */
struct asset_wanted {
    struct str id; /* ends in NUL */
    struct asset *x;
};
struct error *asset_read_many(struct services *s, struct arena *a, const struct scope *scope, struct asset_wanted *list,
                              size_t n) MUST_CHECK;
/* The detail row: list columns, then what the detail adds (asset_api.c knows the order). */
struct error *asset_detail(struct request *r, const char *id, struct rows *out, bool *found) MUST_CHECK;
struct error *asset_addresses(struct request *r, const char *id, struct rows *out) MUST_CHECK;
struct error *asset_history_rows(struct request *r, const char *id, struct rows *out) MUST_CHECK;

/* Writes, in the caller's transaction. Many at once: assets, then their open claims. */
struct error *asset_insert_many(struct services *s, struct arena *a, struct asset *const *x, size_t n, int64_t now) MUST_CHECK;
/* affected counts those that still had the version. */
struct error *asset_change_many(struct services *s, struct arena *a, struct asset *const *x, size_t n, int64_t now,
                                uint64_t *affected) MUST_CHECK;
struct error *asset_remove(struct services *s, struct arena *a, const char *id, int64_t version, uint64_t *affected) MUST_CHECK;
/* Removes them and closes their claims; affected counts those that still had the version. */
struct error *asset_remove_many(struct services *s, struct arena *a, struct asset *const *x, size_t n, int64_t now,
                                uint64_t *affected) MUST_CHECK;
/* Closes the claims that are no longer there and opens the new ones. */
struct error *asset_claims_replace(struct services *s, struct arena *a, const struct asset *was, const struct asset *now_is,
                                   int64_t now) MUST_CHECK;
/* A block of n numbers: the first of them. */
struct error *asset_number_block(struct services *s, struct arena *a, const char *issuer, struct str class_part, size_t n,
                                 uint64_t *first) MUST_CHECK;
/* "adcode + last six of the credit code" of an organisation, the issuer of its numbers. */
struct error *asset_issuer(struct services *s, struct arena *a, const char *org_id, char out[13]) MUST_CHECK;
/* id, number (when none was given) and address spaces of a new asset. */
struct error *asset_place(struct services *s, struct arena *a, struct asset *x) MUST_CHECK;
struct error *asset_spaces(struct services *s, struct arena *a, struct asset *x) MUST_CHECK;
struct error *asset_announce(struct services *s, struct arena *a, const char *action, struct asset *const *x, size_t n) MUST_CHECK;
struct error *asset_person_known(struct request *r, struct str id, const char *org_id, bool *out) MUST_CHECK;
/* The assets of a chunk that exist already, by number (JSON list, may be NULL) or by match key: id, asset_no, match_key. */
struct error *asset_existing(struct services *s, struct arena *a, const char *numbers_json, const char *match_hex_json,
                             struct rows *out) MUST_CHECK;

#endif

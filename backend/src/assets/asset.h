/* Assets: the record as it comes in (browser, API, import), its rules, and what other features may do with it.
 * asset.c is pure: no SQL, no clock. */
#ifndef ASSETS_ASSET_H
#define ASSETS_ASSET_H

#include <jansson.h>

#include "forms/attribute.h"
#include "forms/form.h"
#include "http/principal.h"
#include "http/services.h"
#include "kernel/error.h"
#include "kernel/ip.h"
#include "kernel/str.h"

enum { ASSET_MAX_ADDRESSES = 50 };

/* ---- the catalogue: classes, categories, forms of the classes (kind asset), code lists ---- */
struct asset_class {
    struct str code, label_zh, label_en, number_part;
    struct code_item *categories;
    size_t category_count;
};
struct catalogue {
    struct asset_class *classes;
    size_t class_count;
    struct codes codes;
    struct form_set forms;
    struct attribute_set attributes;
};
/* Kept in the process for 5 s, or until configuration changes on this host, so that a change is seen by the next requests; never freed under a caller. */
/* As it is now: a job begins with it. */
struct error *catalogue_read(struct services *s, struct arena *a, const struct catalogue **out) MUST_CHECK;
struct error *catalogue_get(struct services *s, struct arena *a, const struct catalogue **out) MUST_CHECK;
const struct asset_class *catalogue_class(const struct catalogue *c, struct str code_or_label);

/* ---- one asset ---- */
enum address_kind { ADDRESS_IP, ADDRESS_RANGE, ADDRESS_DOMAIN, ADDRESS_URL, ADDRESS_MAC, ADDRESS_KINDS };
extern const char *const address_kind_name[ADDRESS_KINDS];
bool address_kind_of(struct str name, enum address_kind *out);
struct asset_address {
    enum address_kind kind;
    struct str value; /* canonical: RFC 5952, lower-case host, aa:bb:cc:dd:ee:ff */
    bool has_ip;
    struct ip lo, hi;
    struct str host;  /* domain, or the host of an URL */
    struct str space; /* given by the caller; empty: internet when public, else the unit's own */
};
enum asset_field {
    ASSET_NO,
    ASSET_CLASS,
    ASSET_CATEGORY,
    ASSET_NAME,
    ASSET_STATE,
    ASSET_IMPORTANCE,
    ASSET_NETWORK,
    ASSET_MLPS,
    ASSET_BRAND,
    ASSET_MODEL,
    ASSET_OS,
    ASSET_OS_VERSION,
    ASSET_ORIGIN,
    ASSET_PERSON,
    ASSET_ROOM,
    ASSET_REMARK,
    ASSET_FIELDS
};
struct asset {
    char id[37];
    struct str f[ASSET_FIELDS]; /* empty: none */
    bool exposed;
    struct str attributes; /* JSON object text, keys sorted; empty: none */
    int64_t form_n;        /* the version of the class's form that they were checked by */
    struct asset_address addresses[ASSET_MAX_ADDRESSES];
    size_t address_count;
    struct str main_address;
    const char *source; /* CL_SOURCE */
    const char *import_id;
    unsigned char match_key[16]; /* same organisation, class, name and first address: the same asset */
    struct org_stamp org;
    int64_t version;
};
extern const char *const asset_field_name[ASSET_FIELDS];
/* The code list that a field takes its values from; NULL: text, class or category. */
const char *asset_field_list(enum asset_field f);

/* A public address means the same everywhere; any other one belongs to a unit's own space. */
bool asset_address_public(const struct asset_address *d);
/* "issuer + part of the class + eight digits", in the arena. */
struct str asset_number(struct arena *a, const char *issuer, struct str class_part, uint64_t n);
/* One address in canonical form; false when it is none of its kind. */
bool asset_address_parse(struct arena *a, enum address_kind kind, struct str value, struct asset_address *out);
/* Trims, turns labels into codes, checks codes, lengths and control characters against the catalogue, fills main_address
 * and match_key. Errors carry the field's name; several hang on `next`. */
struct error *asset_normalise(struct arena *a, const struct catalogue *c, struct asset *x) MUST_CHECK;
/* What the record had and the new one could not say stays with it: attributes that its form no longer knows, and, when it comes
 * from a sheet, those that are no columns of one. */
void asset_carry(struct arena *a, const struct catalogue *c, const struct asset *was, bool sheet, struct asset *x);
/* The record as JSON text: what the audit trail keeps and what decides whether something changed. */
struct str asset_json(struct arena *a, const struct asset *x);
/* The way back: of an address only its value, organisation and version are the caller's. False when it is no record. */
bool asset_from_json(struct arena *a, struct str json, struct asset *out);
/* Main address (the first) and match key, from organisation, class, name and addresses; asset_normalise does it too. */
void asset_match(struct arena *a, struct asset *x);

/* ---- for other features, in the caller's transaction ---- */
/* Registers an asset: row, claims, audit row, outbox. x is normalised, x->org set; id and number are made here. */
struct error *asset_register(struct services *s, struct arena *a, struct asset *x, const char *actor_user,
                             const struct org_stamp *actor_org, struct str address, const char *request_id) MUST_CHECK;
/* Assets that something outside the registry has met; a time (as clock_sql writes it) before the known one changes nothing. */
struct error *asset_seen(struct services *s, struct arena *a, const struct str *ids, const struct str *times, size_t n) MUST_CHECK;

#endif

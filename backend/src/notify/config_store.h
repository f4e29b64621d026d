/* SQL of the configuration of notices; inside notify/ only. Rows of a realm: listed to whoever sees that realm, the platform's own to
 * everybody who may read configuration; written after realm_may_write. */
#ifndef NOTIFY_CONFIG_STORE_H
#define NOTIFY_CONFIG_STORE_H

#include "notify/channel.h"
#include "notify/rule.h"

enum { CONFIG_MAX = 1000 };

/* Where a row of configuration belongs; version 0: there is none. realm is "" for the platform. */
struct config_row {
    struct str realm, before; /* before: the row as the audit trail keeps it */
    int64_t version;
    bool builtin;
};

/* id, realm, realm's name, kind, name, state, config, secret is set, version, updated_at, last sent, waiting, dead. */
struct error *channel_rows(struct request *r, struct rows *out) MUST_CHECK;
struct error *channel_find(struct request *r, const char *id, struct config_row *row, struct channel *out) MUST_CHECK;
struct channel_write {
    const char *id, *realm, *kind, *state, *config;
    struct str name, sealed;
    bool secret_given;
    int64_t version;
};
struct error *channel_insert(struct request *r, const struct channel_write *w) MUST_CHECK;
struct error *channel_change(struct request *r, const struct channel_write *w, uint64_t *affected) MUST_CHECK;
struct error *channel_remove(struct request *r, const char *id, int64_t version, uint64_t *affected) MUST_CHECK;

/* id, realm, realm's name, event, level, kind, lang, subject, body, builtin, version, updated_at. */
struct error *template_rows(struct request *r, struct rows *out) MUST_CHECK;
struct error *template_find(struct request *r, const char *id, struct config_row *row) MUST_CHECK;
struct error *template_insert(struct request *r, const char *id, const char *realm) MUST_CHECK;
struct error *template_change(struct request *r, const char *id, uint64_t *affected) MUST_CHECK;
struct error *template_remove(struct request *r, const char *id, int64_t version, uint64_t *affected) MUST_CHECK;

/* id, realm, realm's name, event, levels, kind, audience, audience_code, optional, state, builtin, version, updated_at. */
struct error *rule_rows(struct request *r, struct rows *out) MUST_CHECK;
struct error *rule_find(struct request *r, const char *id, struct config_row *row) MUST_CHECK;
struct error *rule_insert(struct request *r, const char *id, const char *realm) MUST_CHECK;
struct error *rule_change(struct request *r, const char *id, uint64_t *affected) MUST_CHECK;
struct error *rule_remove(struct request *r, const char *id, int64_t version, uint64_t *affected) MUST_CHECK;

/* realm, realm's name, enabled, from, to, updated_at, realm_key. */
struct error *quiet_rows(struct request *r, struct rows *out) MUST_CHECK;
struct error *quiet_put(struct request *r, const char *realm) MUST_CHECK;
struct error *quiet_remove(struct request *r, const char *realm) MUST_CHECK;

/* id, pattern, note, created_at. */
struct error *host_rows(struct request *r, struct rows *out) MUST_CHECK;
struct error *host_insert(struct request *r, const char *id) MUST_CHECK;
struct error *host_find(struct request *r, const char *id, struct str *pattern) MUST_CHECK;
struct error *host_remove(struct request *r, const char *id, uint64_t *affected) MUST_CHECK;

/* kind, event of what the caller refused. */
struct error *refusal_rows(struct request *r, struct rows *out) MUST_CHECK;
struct error *refusals_clear(struct request *r) MUST_CHECK;
struct error *refusal_add(struct request *r, struct str kind, struct str event) MUST_CHECK;

/* All of a kind are read at once: 409 when there are CONFIG_MAX. */
struct error *channel_room(struct request *r) MUST_CHECK;
struct error *template_room(struct request *r) MUST_CHECK;
struct error *rule_room(struct request *r) MUST_CHECK;
struct error *host_room(struct request *r) MUST_CHECK;

/* ---- what the consumer and the sender work with; all of it, at most CONFIG_MAX each ---- */
struct error *channels_load(struct db *db, struct arena *a, struct channel **out, size_t *n) MUST_CHECK;
struct error *rules_load(struct db *db, struct arena *a, struct rule **out, size_t *n) MUST_CHECK;
struct error *templates_load(struct db *db, struct arena *a, struct template **out, size_t *n) MUST_CHECK;
struct error *quiet_load(struct db *db, struct arena *a, struct quiet **out, size_t *n) MUST_CHECK;

#endif

/* The life of an asset by workflow (flow kind asset_report): what a unit reports goes to its own reviewer and to the office above
 * it, and is in the registry when both have agreed. Nothing is changed before; what was changed by somebody else meanwhile is
 * not overwritten: the report is then stale, and made again. */
#ifndef ASSETS_CHANGE_H
#define ASSETS_CHANGE_H

#include "assets/asset.h"
#include "http/request.h"

enum change_action { CHANGE_REGISTER, CHANGE_UPDATE, CHANGE_RETIRE, CHANGE_IMPORT, CHANGE_ACTIONS };
extern const char *const change_action_name[CHANGE_ACTIONS];

struct asset_change {
    char id[37], asset_id[37], created_by[37];
    enum change_action action;
    int64_t base_version;
    struct str class, title, content, before, reason;
    struct org_stamp org;
};

/* Whether what this caller writes has to be reviewed: units' writes are when the setting asset.review says so, those of whoever
 * accepts them are not. */
struct error *change_needed(struct request *r, bool *out) MUST_CHECK;
/* Files the report, starts its flow and answers 202 with its id. was: NULL for a new asset; reason may be empty. */
struct error *change_submit(struct request *r, enum change_action action, const struct asset *was, const struct asset *x,
                            struct str reason) MUST_CHECK;
/* The same for a file that is to be imported by a job with these params (borrowed). */
struct error *change_submit_import(struct request *r, const char *file_name, json_t *params) MUST_CHECK;

/* The record with its addresses as text, and back; pure. */
struct str change_content(struct arena *a, const struct asset *x);
bool change_record(struct arena *a, struct str content, struct asset *out);

/* ---- SQL; inside assets/ only ---- */
struct error *change_insert(struct request *r, const struct asset_change *c) MUST_CHECK;
struct error *change_lock(struct services *s, struct arena *a, const char *id, struct asset_change *out, bool *found) MUST_CHECK;
struct error *change_end(struct services *s, struct arena *a, const char *id, const char *state, struct str opinion,
                         int64_t now) MUST_CHECK;
struct error *change_seen(struct request *r, const char *id, bool *out) MUST_CHECK;
enum change_row {
    CH_ID,
    CH_ACTION,
    CH_STATE,
    CH_ASSET,
    CH_CLASS,
    CH_TITLE,
    CH_REASON,
    CH_OPINION,
    CH_BY,
    CH_AT,
    CH_ENDED,
    CH_ORG,
    CH_ORG_NAME,
    CH_CONTENT,
    CH_BEFORE
};
struct error *change_rows(struct request *r, struct str state, struct str asset, const struct page *p, struct rows *out,
                          int64_t *total) MUST_CHECK;
struct error *change_one(struct request *r, const char *id, struct rows *out, bool *found) MUST_CHECK;

#endif

/* Relations between assets, and what they are for: from one asset that is hit to all that is affected, along the relations
 * that an incident travels; and from a place to the experts and teams that are free and nearest. */
#ifndef ASSETS_RELATION_H
#define ASSETS_RELATION_H

#include "http/request.h"

enum { RELATION_NODES = 2000 /* of one walk */, RELATION_DEPTH = 6, RELATION_STARTS = 500, RELATIONS_EACH = 500 };

/* ---- the walk, pure ---- */
struct impact_edge {
    char from[37], to[37], kind[25]; /* the way it travels */
};
struct impact_node {
    char id[37], via[37], kind[25]; /* via: the node that it was reached from, "" for a start */
    int depth;
};
struct impact {
    struct impact_node *nodes; /* by depth */
    uint16_t *slots;           /* of a hash table: index + 1 */
    size_t count, fresh;       /* fresh: where the last step's nodes begin */
    bool more;                 /* there is more than RELATION_NODES or RELATION_DEPTH */
};
void impact_begin(struct arena *a, const struct str *starts, size_t n, struct impact *out);
/* Takes the edges that leave the last step's nodes; false when nothing new was reached, or no further step is taken. */
bool impact_step(struct impact *x, const struct impact_edge *edges, size_t n);

/* ---- how near a responder is, pure ---- */
struct place {
    struct str region; /* six digits */
    double longitude, latitude;
    bool located;
};
enum nearness { NEAR_COUNTY, NEAR_PREFECTURE, NEAR_PROVINCE, NEAR_BEYOND };
enum nearness place_nearness(const struct place *a, const struct place *b);
/* Great-circle distance in km; -1 when either is not located. */
double place_km(const struct place *a, const struct place *b);

/* ---- SQL; inside assets/ only ---- */
enum relation_row {
    REL_ID,
    REL_KIND,
    REL_BACK,
    REL_SOURCE,
    REL_AT,
    REL_OTHER,
    REL_NO,
    REL_NAME,
    REL_CLASS,
    REL_STATE,
    REL_ORG,
    REL_ORG_NAME
};
struct error *relation_kind_rows(struct services *s, struct arena *a, struct rows *out) MUST_CHECK;
/* Of an asset that was read inside the scope: those whose other end is inside it too; hidden counts the others. */
struct error *relation_rows(struct request *r, const char *asset, struct rows *out) MUST_CHECK;
struct error *relation_hidden(struct request *r, const char *asset, int64_t *out) MUST_CHECK;
/* The classes that a kind joins; found tells. */
struct error *relation_kind(struct request *r, struct str code, struct str *from_class, struct str *to_class,
                            bool *found) MUST_CHECK;
struct error *relation_count(struct request *r, const char *asset, int64_t *out) MUST_CHECK;
struct error *relation_insert(struct request *r, const char *id, struct str kind, const char *from, const char *to,
                              const char *source) MUST_CHECK;
/* Both ends, when both are in the scope. */
struct error *relation_one(struct request *r, const char *id, struct rows *out, bool *found) MUST_CHECK;
struct error *relation_delete(struct request *r, const char *id) MUST_CHECK;

/* The edges that leave these assets the way an incident travels. */
struct error *impact_edges(struct request *r, const char *ids_json, struct rows *out) MUST_CHECK;
/* Rooms and networks that these assets stand in, which need not be affected themselves. */
struct error *impact_places(struct request *r, const char *ids_json, struct rows *out) MUST_CHECK;
enum impact_row {
    IMP_ID,
    IMP_NO,
    IMP_CLASS,
    IMP_CATEGORY,
    IMP_NAME,
    IMP_STATE,
    IMP_IMPORTANCE,
    IMP_ADDRESS,
    IMP_ORG,
    IMP_ORG_NAME,
    IMP_PERSON,
    IMP_USERS,
    IMP_SUBJECTS
};
struct error *impact_rows(struct request *r, const char *ids_json, struct rows *out) MUST_CHECK;

struct error *responder_place(struct request *r, const char *asset, struct place *out, bool *found) MUST_CHECK;
enum responder_row { RES_ID, RES_NO, RES_CATEGORY, RES_NAME, RES_ORG, RES_ORG_NAME, RES_ATTRIBUTES, RES_REGION };
struct error *responder_rows(struct request *r, struct rows *out) MUST_CHECK;

#endif

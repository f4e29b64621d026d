#include "assets/exchange_store.h"

#include "kernel/clock.h"
#include "queue/job.h"

SQL_SYSTEM(batch_find_sql, "the caller's own batch", "SELECT digest, reply FROM asset_batches WHERE id = :id AND created_by = :by");
SQL(batch_keep_sql,
    "INSERT INTO asset_batches (id, digest, reply, created_by, created_at) VALUES (:id, :digest, :reply, :by, :now)");
SQL_SYSTEM(batches_old_sql, "batches are kept as long as somebody may repeat them",
           "DELETE FROM asset_batches WHERE created_at < :before LIMIT 1000");
#define FEED(S, IX)                                                                                     \
    "SELECT f.seq, f.asset_id, f.deleted, f.at, f.org_id FROM asset_feed f WHERE f.seq > :after AND" S( \
        f) " ORDER BY f.seq LIMIT :size"
SQL_SCOPED(feed_sql, FEED);
SQL_SYSTEM(
    feed_put_sql, "what has changed is noted for whoever may see it",
    "REPLACE INTO asset_feed (asset_id, deleted, at, org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code) "
    "SELECT CAST(j.asset AS UUID), :deleted, :now, o.id, o.org_l1, o.org_l2, o.org_l3, o.org_l4, o.org_l5, o.org_l6, o.sector_code "
    "FROM JSON_TABLE(:list, '$[*]' COLUMNS (n FOR ORDINALITY, asset CHAR(36) PATH '$[0]', org CHAR(36) PATH '$[1]')) j "
    "JOIN orgs o ON o.id = CAST(j.org AS UUID) ORDER BY j.n");

struct error *batch_find(struct request *r, const char *id, char digest[65], struct str *reply, bool *found)
{
    struct rows x;
    TRY(db_one(r->db, r->arena, &batch_find_sql, ARGS(A_Z("id", id), A_Z("by", r->who->id)), &x, found));
    if (!*found)
        return NULL;
    str_copy(digest, 65, row_text(&x, 0));
    *reply = str_of(row_dup(&x, r->arena, 1));
    return rows_end(&x);
}

struct error *batch_keep(struct request *r, const char *id, const char *digest, struct str reply)
{
    return db_exec(r->db, r->arena, &batch_keep_sql,
                   ARGS(A_Z("id", id), A_Z("digest", digest), A_STR("reply", reply), A_Z("by", r->who->id),
                        A_TIME(r->arena, "now", clock_now_us())),
                   NULL);
}

struct error *feed_rows(struct request *r, int64_t after, int64_t size, struct rows *out)
{
    return db_query(r->db, r->arena, &feed_sql, ARGS(A_SCOPE(&r->who->scope), A_INT("after", after), A_INT("size", size)), out);
}

/* ---- after the commit ---- */
static struct error *on_assets(struct services *s, struct arena *a, const char *subject, json_t *payload, uint64_t seq)
{
    json_t *assets = json_object_get(payload, "assets"), *orgs = json_object_get(payload, "orgs"),
           *of = json_object_get(payload, "of"), *one;
    const char *action = json_string_value(json_object_get(payload, "action"));
    size_t i, n = 0, count = json_array_size(assets);
    struct buf list = buf_new(a, count * 84 + 3, 8 << 20);
    (void)subject, (void)seq;
    json_array_foreach(assets, i, one) {
        const char *asset = json_string_value(one);
        const char *owner = json_string_value(json_array_get(orgs, of ? (size_t)json_integer_value(json_array_get(of, i)) : 0));
        if (asset && owner)
            buf_printf(&list, "%c[\"%.36s\",\"%.36s\"]", n++ ? ',' : '[', asset, owner);
    }
    buf_c(&list, ']');
    bool deleted = action && strcmp(action, "asset.deleted") == 0;
    return n ? db_exec(s->db, a, &feed_put_sql,
                       ARGS(A_STR("list", buf_done(&list)), A_INT("deleted", deleted), A_TIME(a, "now", clock_now_us())), NULL)
             : NULL;
}
OUTBOX_CONSUMER(asset_feed, "asset", on_assets);

static struct error *forget_batches(struct services *s, struct arena *a)
{
    return db_exec(s->db, a, &batches_old_sql, ARGS(A_TIME(a, "before", clock_now_us() - INT64_C(86400000000) * 30)), NULL);
}
DUTY(asset_batches, 3600000, forget_batches);

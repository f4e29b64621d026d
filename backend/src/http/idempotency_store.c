#include "http/idempotency.h"

#include "http/services.h"
#include "kernel/clock.h"
#include "kernel/crypto.h"
#include "queue/job.h"

enum { KEY_MAX = 128, KEEP_HOURS = 72, REPLY_KEPT_MAX = 1 << 20 };

/* An answer may hold a password that is shown once, or a person's number: it rests sealed. */
static const char reply_context[] = "idempotency_keys.reply";

SQL(idem_insert_sql, "INSERT INTO idempotency_keys (principal, operation, idem_key, body_digest, created_at, expires_at) "
                     "VALUES (:who, :operation, :key, :digest, :now, :expires) "
                     "ON DUPLICATE KEY UPDATE idem_key = idem_key");
SQL(idem_read_sql, "SELECT body_digest, status, reply FROM idempotency_keys "
                   "WHERE principal = :who AND operation = :operation AND idem_key = :key AND expires_at > :now");
SQL(idem_expire_sql, "DELETE FROM idempotency_keys WHERE principal = :who AND operation = :operation AND idem_key = :key "
                     "AND expires_at <= :now");
SQL(idem_sweep_sql, "DELETE FROM idempotency_keys WHERE expires_at <= :now LIMIT 5000");
SQL(idem_keep_sql, "UPDATE idempotency_keys SET status = :status, reply = :reply "
                   "WHERE principal = :who AND operation = :operation AND idem_key = :key");

static bool key_is_sane(struct str key)
{
    for (size_t i = 0; i < key.n; i++)
        if (key.p[i] < 0x21 || key.p[i] > 0x7e)
            return false;
    return key.n <= KEY_MAX;
}

/* The body, or the contents of its files, and the address with its query. */
static void digest_of(const struct request *r, unsigned char out[32])
{
    struct buf b = buf_new(r->arena, 256, 64 << 20);
    buf_str(&b, r->path);
    buf_c(&b, '?');
    buf_str(&b, r->query);
    buf_c(&b, '\n');
    for (size_t i = 0; i < r->upload_count; i++)
        buf_put(&b, (const char *)r->uploads[i].sha256, 32);
    buf_str(&b, r->body);
    sha256(b.p, b.n, out);
}

#define KEY_ARGS(r)                                                                                        \
    A_Z("who", (r)->who->id), A_Z("operation", (r)->route->operation), A_STR("key", (r)->idempotency_key), \
        A_TIME((r)->arena, "now", clock_now_us())

static struct error *replay(struct request *r, const unsigned char digest[32])
{
    struct rows rows;
    bool found;
    TRY(db_one(r->db, r->arena, &idem_read_sql, ARGS(KEY_ARGS(r)), &rows, &found));
    if (!found)
        return error_new(r->arena, ERR_IN_PROGRESS, "the key is being used by another request");
    struct str kept = row_text(&rows, 0);
    bool same = kept.n == 32 && bytes_equal(kept.p, digest, 32);
    bool running = row_null(&rows, 1);
    r->status = (int)row_int(&rows, 1);
    struct str sealed = {row_dup(&rows, r->arena, 2), row_text(&rows, 2).n}, reply = {NULL, 0};
    TRY(rows_end(&rows));
    if (!same)
        return error_new(r->arena, ERR_KEY_REUSED, "this Idempotency-Key came with another request");
    if (running)
        return error_new(r->arena, ERR_IN_PROGRESS, "the first request with this key is still running");
    if (sealed.n)
        TRY(secret_get(r->services->keys, r->arena, reply_context, sealed, &reply));
    buf_str(&r->reply, reply);
    r->answered = true;
    return NULL;
}

struct error *idempotency_claim(struct request *r)
{
    if (!r->idempotency_key.n || r->who->kind == PRINCIPAL_NONE)
        return NULL;
    if (!key_is_sane(r->idempotency_key))
        return error_field(r->arena, ERR_BAD_PARAMETER, "Idempotency-Key", "pattern", "at most 128 visible ASCII characters");
    unsigned char digest[32];
    digest_of(r, digest);
    TRY(db_exec(r->db, r->arena, &idem_expire_sql, ARGS(KEY_ARGS(r)), NULL));
    uint64_t inserted;
    struct error *e = db_exec(r->db, r->arena, &idem_insert_sql,
                              ARGS(KEY_ARGS(r), A_BYTES("digest", digest, 32),
                                   A_TIME(r->arena, "expires", clock_now_us() + (int64_t)KEEP_HOURS * 3600000000)),
                              &inserted);
    if (e && db_must_retry(r->db)) /* the first request holds the row */
        return error_new(r->arena, ERR_IN_PROGRESS, "the first request with this key is still running");
    if (e)
        return e;
    return inserted == 1 ? NULL : replay(r, digest);
}

struct error *idempotency_keep(struct request *r)
{
    if (!r->idempotency_key.n || r->who->kind == PRINCIPAL_NONE)
        return NULL;
    struct str reply = r->reply.n <= REPLY_KEPT_MAX ? (struct str){r->reply.p, r->reply.n} : STR("{}"), sealed = {NULL, 0};
    if (reply.n)
        TRY(secret_put(r->services->keys, r->arena, reply_context, reply, &sealed));
    return db_exec(r->db, r->arena, &idem_keep_sql,
                   ARGS(KEY_ARGS(r), A_INT("status", r->status), A_BYTES("reply", sealed.p ? sealed.p : "", sealed.n)), NULL);
}

static struct error *sweep(struct services *s, struct arena *a)
{
    return db_exec(s->db, a, &idem_sweep_sql, ARGS(A_TIME(a, "now", clock_now_us())), NULL);
}
DUTY(idempotency_expire, 600000, sweep);

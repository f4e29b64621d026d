/* /healthz, /readyz and the contract itself. */
#include "http/request.h"
#include "http/services.h"
#include "kernel/crypto.h"
#include "main/migrate.h"

struct error *health_live(struct request *r);
struct error *health_ready(struct request *r);
struct error *contract_get(struct request *r);

struct error *health_live(struct request *r)
{
    buf_lit(&r->reply, "{\"status\":\"ok\"}");
    return reply_written(r, 200);
}

struct error *health_ready(struct request *r)
{
    bool current;
    TRY(migrate_is_current(r->services, r->arena, &current));
    if (!current)
        return error_new(r->arena, ERR_UNAVAILABLE, "migrations are not applied");
    buf_lit(&r->reply, "{\"status\":\"ok\"}");
    return reply_written(r, 200);
}

struct error *contract_get(struct request *r)
{
    static char etag[20];
    if (!etag[0]) {
        unsigned char digest[32];
        sha256(openapi_json, openapi_json_len, digest);
        etag[0] = '"';
        hex_encode(digest, 8, etag + 1);
        memcpy(etag + 17, "\"", 2);
    }
    r->etag = etag;
    buf_put(&r->reply, openapi_json, openapi_json_len);
    return reply_written(r, 200);
}

/* /session/otp: one's own second factor. */
#include "http/services.h"
#include "identity/identity.h"
#include "identity/identity_store.h"
#include "identity/otp.h"
#include "identity/session.h"
#include "kernel/clock.h"

struct error *session_otp_begin(struct request *r);
struct error *session_otp_enable(struct request *r);
struct error *session_otp_remove(struct request *r);

static const char otp_context[] = "users.otp_secret";

struct error *session_otp_check(struct request *r, const struct login_row *u, struct str code, bool *fits)
{
    struct str secret;
    int64_t step;
    *fits = false;
    TRY(secret_get(r->services->keys, r->arena, otp_context, u->otp, &secret));
    if (secret.n != OTP_BYTES)
        return error_new(r->arena, ERR_INTERNAL, "the second factor of %s is damaged", u->id);
    if (!otp_fits((const unsigned char *)secret.p, code, clock_now_us() / 1000000, u->otp_last_step, &step))
        return NULL;
    return otp_use(r->db, r->arena, u->id, step, fits);
}

struct error *session_otp_begin(struct request *r)
{
    unsigned char secret[OTP_BYTES];
    char text[OTP_TEXT + 1];
    if (r->who->kind != PRINCIPAL_USER)
        return not_found(r);
    random_bytes(secret, sizeof secret);
    otp_secret_text(secret, text);
    return reply_json(
        r, 200,
        json_pack("{s:s,s:s}", "secret", text, "uri",
                  arena_printf(r->arena, "otpauth://totp/Tongchou:%s?secret=%s&issuer=Tongchou", r->who->username, text)));
}

struct error *session_otp_enable(struct request *r)
{
    struct login_row u;
    unsigned char secret[OTP_BYTES];
    struct str sealed;
    int64_t step, now = clock_now_us();
    TRY(session_own_account(r, body_str(r, "password"), &u));
    if (!otp_secret_read(body_str(r, "secret"), secret))
        return invalid(r, "secret", "format", "32 letters of base32 are needed");
    if (!otp_fits(secret, body_str(r, "otp"), now / 1000000, 0, &step))
        return invalid(r, "otp", "wrong", "not the code that an authenticator with this secret shows now");
    TRY(secret_put(r->services->keys, r->arena, otp_context, (struct str){(const char *)secret, sizeof secret}, &sealed));
    TRY(otp_store(r->db, r->arena, u.id, sealed, step, now));
    request_audit(r, "user", u.id, &u.org, STR(""), STR(""));
    return reply_empty(r, 204);
}

struct error *session_otp_remove(struct request *r)
{
    struct login_row u;
    bool fits = true;
    TRY(session_own_account(r, body_str(r, "password"), &u));
    if (u.otp.n)
        TRY(session_otp_check(r, &u, body_str(r, "otp"), &fits));
    if (!fits)
        return session_refused(r, &u, ERR_OTP_REQUIRED);
    TRY(otp_store(r->db, r->arena, u.id, STR(""), 0, clock_now_us()));
    request_audit(r, "user", u.id, &u.org, STR(""), STR(""));
    return reply_empty(r, 204);
}

/* /sessions: where one is signed in, and signing out elsewhere */
#include "identity/identity_store.h"
#include "identity/session.h"
#include "json/write.h"
#include "kernel/clock.h"

struct error *sessions_list(struct request *r);
struct error *sessions_end(struct request *r);
struct error *sessions_end_others(struct request *r);

struct error *sessions_list(struct request *r)
{
    struct sign_in_policy p;
    struct rows x;
    unsigned char hash[32] = {0};
    char own[33];
    session_cookie(r, hash);
    hex_encode(hash, 16, own);
    TRY(sign_in_policy(r->services, r->arena, &p));
    TRY(session_rows(r->db, r->arena, r->who->id, &p, clock_now_us(), &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        jw_row_text(&w, "id", &x, 0);
        jw_row_time(&w, "created_at", &x, 1);
        jw_row_time(&w, "last_seen_at", &x, 2);
        jw_row_time(&w, "ends_at", &x, 3);
        jw_row_text(&w, "address", &x, 4);
        jw_row_text(&w, "user_agent", &x, 5);
        jw_bool(&w, "own", str_is(row_text(&x, 0), own));
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end_whole(r);
}

static struct error *end(struct request *r, struct str name, uint64_t *ended)
{
    unsigned char hash[32] = {0};
    session_cookie(r, hash);
    TRY(session_end(r->db, r->arena, r->who->id, name, hash, ended));
    request_audit(r, "user", r->who->id, &r->who->org, STR(""),
                  str_of(arena_printf(r->arena, "{\"ended\":%llu}", (unsigned long long)*ended)));
    return NULL;
}

struct error *sessions_end(struct request *r)
{
    uint64_t ended;
    TRY(end(r, param_str(r, "id"), &ended));
    return ended ? reply_empty(r, 204) : not_found(r);
}

struct error *sessions_end_others(struct request *r)
{
    uint64_t ended;
    TRY(end(r, STR(""), &ended));
    return reply_empty(r, 204);
}

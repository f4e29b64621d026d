/* /address-pools */
#include "addresses/pool.h"
#include "json/write.h"
#include "kernel/id.h"
#include "org/org.h"

struct error *pool_list(struct request *r);
struct error *pool_get(struct request *r);
struct error *pool_create(struct request *r);
struct error *pool_update(struct request *r);
struct error *pool_remove(struct request *r);
struct error *pool_usage(struct request *r);
struct error *pool_problem_list(struct request *r);
struct error *pool_news_list(struct request *r);
struct error *pool_news_remove(struct request *r);

static void put_range(struct arena *a, struct jw *w, const struct pool_range *range)
{
    char first[IP_TEXT_MAX], last[IP_TEXT_MAX];
    uint64_t size = pool_size(range);
    ip_format(&range->lo, first);
    ip_format(&range->hi, last);
    jw_str(w, "range", pool_text(a, range));
    jw_z(w, "first", first);
    jw_z(w, "last", last);
    jw_bool(w, "v6", !ip_is_v4(&range->lo));
    if (size <= INT64_MAX)
        jw_int(w, "size", (int64_t)size);
    else
        jw_null(w, "size");
}

static void put_pool(struct request *r, struct jw *w, struct rows *x, const char *parent)
{
    const struct pool_range range = {pool_ip(x, P_LO), pool_ip(x, P_HI)};
    jw_str(w, "id", row_text(x, P_ID));
    jw_opt(w, "parent_id", str_of(parent));
    jw_str(w, "space_id", row_text(x, P_SPACE));
    jw_str(w, "space_name", row_text(x, P_SPACE_NAME));
    put_range(r->arena, w, &range);
    jw_str(w, "name", row_text(x, P_NAME));
    jw_row_text(w, "purpose", x, P_PURPOSE);
    jw_int(w, "used", row_int(x, P_USED));
    jw_int(w, "probed", row_int(x, P_PROBED));
    jw_row_time(w, "watched_at", x, P_WATCHED);
    jw_int(w, "version", row_int(x, P_VERSION));
    jw_str(w, "org_id", row_text(x, P_ORG));
    jw_str(w, "org_name", row_text(x, P_ORG_NAME));
}

/* Rows come by space and first address, the larger range first: the nearest one around is the last that still is open. */
struct error *pool_list(struct request *r)
{
    struct open {
        char id[37], space[37];
        struct pool_range range;
    } *stack = arena_array(r->arena, POOLS_MAX, sizeof *stack);
    size_t depth = 0;
    struct rows x;
    TRY(pool_rows(r, param_str(r, "space"), &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        const struct pool_range range = {pool_ip(&x, P_LO), pool_ip(&x, P_HI)};
        while (depth && (!str_is(row_text(&x, P_SPACE), stack[depth - 1].space) ||
                         pool_relation(&range, &stack[depth - 1].range) != POOL_INSIDE))
            depth--;
        jw_object_begin(&w, NULL);
        put_pool(r, &w, &x, depth ? stack[depth - 1].id : "");
        jw_object_end(&w);
        if (depth < POOLS_MAX) {
            str_copy(stack[depth].id, 37, row_text(&x, P_ID));
            str_copy(stack[depth].space, 37, row_text(&x, P_SPACE));
            stack[depth++].range = range;
        }
    }
    TRY(rows_end(&x));
    return list_end_whole(r);
}

static struct error *read_one(struct request *r, const char *id, struct pool *out)
{
    struct rows x;
    bool found;
    TRY(pool_one(r, id, &x, &found));
    if (!found)
        return not_found(r);
    TRY(pool_read(&x, r->arena, out));
    return rows_end(&x);
}

static struct error *answer(struct request *r, int status, const char *id)
{
    struct rows x, days;
    bool found;
    TRY(pool_one(r, id, &x, &found));
    if (!found)
        return not_found(r);
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    put_pool(r, &w, &x, "");
    TRY(rows_end(&x));
    TRY(pool_days(r, id, &days));
    jw_array_begin(&w, "days");
    while (rows_next(&days)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "day", row_text(&days, 0));
        jw_int(&w, "used", row_int(&days, 1));
        jw_int(&w, "probed", row_int(&days, 2));
        jw_object_end(&w);
    }
    jw_array_end(&w);
    jw_object_end(&w);
    TRY(rows_end(&days));
    return reply_written(r, status);
}

struct error *pool_get(struct request *r)
{
    return answer(r, 200, param_str(r, "id").p);
}

/* ---- writes ---- */
static struct error *read_body(struct request *r, struct pool *p)
{
    bool found;
    if (!ip_range_parse(body_str(r, "range"), &p->range.lo, &p->range.hi))
        return invalid(r, "range", "format", "a prefix, an address, or first-last of one family");
    p->name = body_str(r, "name");
    p->purpose = body_str(r, "purpose");
    TRY(org_stamp_in_scope(r->db, r->arena, &r->who->scope, body_str(r, "org_id").p, &p->org, &found));
    return found ? NULL : invalid(r, "org_id", "unknown", "no such organisation in your scope");
}

static struct error *check_place(struct request *r, const struct pool *p, const char *but)
{
    char other[37];
    struct str text;
    TRY(pool_across(r, p->space, &p->range, but, other, &text));
    return other[0]
               ? invalid(r, "range", "overlap", "overlaps " STR_FMT ", which is neither around it nor inside it", STR_ARG(text))
               : NULL;
}

static struct str said(struct request *r, const struct pool *p)
{
    struct buf b = buf_new(r->arena, 512, 8192);
    struct jw w = jw_of(&b);
    jw_object_begin(&w, NULL);
    jw_str(&w, "range", pool_text(r->arena, &p->range));
    jw_str(&w, "name", p->name);
    jw_opt(&w, "purpose", p->purpose);
    jw_z(&w, "org_id", p->org.org_id);
    jw_object_end(&w);
    return buf_done(&b);
}

struct error *pool_create(struct request *r)
{
    struct pool p = {.version = 1};
    int64_t n;
    bool known = false;
    struct rows x;
    TRY(read_body(r, &p));
    TRY(org_spaces(r->db, r->arena, &r->who->scope, STR(""), &x));
    while (rows_next(&x))
        known = known || str_eq(row_text(&x, 0), body_str(r, "space_id"));
    TRY(rows_end(&x));
    if (!known)
        return invalid(r, "space_id", "unknown", "no such address space in your scope");
    str_copy(p.space, sizeof p.space, body_str(r, "space_id"));
    TRY(pool_count(r, &n));
    if (n >= POOLS_MAX)
        return conflict(r, "there are %d pools already", POOLS_MAX);
    TRY(check_place(r, &p, NULL));
    str_copy(p.id, sizeof p.id, str_of(id_new().s));
    TRY(pool_insert(r, &p));
    request_audit(r, "address_pool", p.id, &p.org, STR(""), said(r, &p));
    return answer(r, 201, p.id);
}

struct error *pool_update(struct request *r)
{
    struct pool was, p;
    uint64_t n;
    TRY(read_one(r, param_str(r, "id").p, &was));
    p = was;
    TRY(read_body(r, &p));
    p.version = body_int(r, "version", 0);
    TRY(check_place(r, &p, p.id));
    TRY(pool_change(r, &p, &n));
    if (!n)
        return stale_version(r, was.version);
    request_audit(r, "address_pool", p.id, &p.org, said(r, &was), said(r, &p));
    return answer(r, 200, p.id);
}

struct error *pool_remove(struct request *r)
{
    struct pool was;
    uint64_t n;
    TRY(read_one(r, param_str(r, "id").p, &was));
    TRY(pool_delete(r, was.id, param_int(r, "version", 0), &n));
    if (!n)
        return stale_version(r, was.version);
    request_audit(r, "address_pool", was.id, &was.org, said(r, &was), STR(""));
    return reply_empty(r, 204);
}

/* ---- what is in it ---- */
struct taken {
    struct ip *list;
    size_t n;
};

static struct error *put_used(struct request *r, const struct pool *p, struct pool_map *m, struct jw *w, struct taken *taken)
{
    struct rows x;
    size_t shown = 0, cell;
    TRY(pool_used(r, p, &x));
    jw_array_begin(w, "used");
    while (rows_next(&x)) {
        struct ip ip = pool_ip(&x, 0);
        taken->list[taken->n++] = ip;
        if (pool_cell(m, &ip, &cell))
            m->used[cell]++;
        if (shown++ >= POOL_LISTED)
            continue;
        jw_object_begin(w, NULL);
        jw_str(w, "address", row_text(&x, 1));
        jw_row_text(w, "asset_id", &x, row_null(&x, 3) ? 3 : 2);
        jw_row_text(w, "asset_name", &x, 3);
        jw_row_text(w, "asset_no", &x, 4);
        jw_row_text(w, "org_name", &x, 5);
        jw_object_end(w);
    }
    jw_array_end(w);
    return rows_end(&x);
}

static struct error *put_probed(struct request *r, const struct pool *p, struct pool_map *m, struct jw *w)
{
    struct rows x;
    size_t shown = 0, cell;
    TRY(pool_probed(r, p, &x));
    jw_array_begin(w, "probed");
    while (rows_next(&x)) {
        struct ip ip = pool_ip(&x, 0);
        if (pool_cell(m, &ip, &cell))
            m->probed[cell]++;
        if (shown++ >= POOL_LISTED)
            continue;
        jw_object_begin(w, NULL);
        jw_str(w, "address", row_text(&x, 1));
        jw_str(w, "host_id", row_text(&x, 2));
        jw_bool(w, "registered", !row_null(&x, 3));
        jw_row_time(w, "last_seen_at", &x, 4);
        jw_object_end(w);
    }
    jw_array_end(w);
    return rows_end(&x);
}

static void put_free(struct request *r, const struct pool *p, const struct taken *taken, struct jw *w)
{
    struct pool_range *list = arena_array(r->arena, POOL_LISTED, sizeof *list);
    size_t n = pool_free(&p->range, taken->list, taken->n, list, POOL_LISTED);
    jw_array_begin(w, "free");
    for (size_t i = 0; i < n; i++) {
        jw_object_begin(w, NULL);
        put_range(r->arena, w, &list[i]);
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void put_cells(const struct pool_map *m, struct jw *w)
{
    jw_int(w, "cells", (int64_t)m->cells);
    jw_int(w, "shift", m->shift);
    jw_array_begin(w, "map");
    for (size_t i = 0; i < m->cells; i++) {
        if (!m->used[i] && !m->probed[i])
            continue;
        char first[IP_TEXT_MAX];
        struct ip at = pool_cell_at(m, i);
        ip_format(&at, first);
        jw_object_begin(w, NULL);
        jw_int(w, "cell", (int64_t)i);
        jw_z(w, "first", first);
        jw_int(w, "used", m->used[i]);
        jw_int(w, "probed", m->probed[i]);
        jw_object_end(w);
    }
    jw_array_end(w);
}

struct error *pool_usage(struct request *r)
{
    struct pool p;
    struct pool_map *m = arena_alloc(r->arena, sizeof *m);
    struct taken taken = {.list = arena_array(r->arena, POOL_LOOK + 1, sizeof *taken.list)};
    TRY(read_one(r, param_str(r, "id").p, &p));
    pool_map_begin(&p.range, m);
    struct jw w = jw_of(&r->reply);
    jw_object_begin(&w, NULL);
    TRY(put_used(r, &p, m, &w, &taken));
    TRY(put_probed(r, &p, m, &w));
    put_free(r, &p, &taken, &w);
    put_cells(m, &w);
    jw_bool(&w, "cut", taken.n == POOL_LOOK);
    jw_object_end(&w);
    return reply_written(r, 200);
}

struct error *pool_problem_list(struct request *r)
{
    static const char *const names[] = {"kind", "address", "asset_id", "asset_name", "org_id", "org_name"};
    struct pool p;
    struct rows x;
    TRY(read_one(r, param_str(r, "id").p, &p));
    TRY(pool_problems(r, &p, &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
            jw_row_text(&w, names[i], &x, i);
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end_whole(r);
}

struct error *pool_news_list(struct request *r)
{
    struct rows x;
    TRY(pool_news(r, &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        const struct pool_range range = {pool_ip(&x, N_LO), pool_ip(&x, N_HI)};
        jw_object_begin(&w, NULL);
        jw_str(&w, "id", row_text(&x, N_ID));
        jw_str(&w, "space_id", row_text(&x, N_SPACE));
        jw_str(&w, "space_name", row_text(&x, N_SPACE_NAME));
        put_range(r->arena, &w, &range);
        jw_int(&w, "addresses", row_int(&x, N_ADDRESSES));
        jw_row_time(&w, "first_seen_at", &x, N_FIRST);
        jw_row_time(&w, "seen_at", &x, N_SEEN);
        jw_str(&w, "org_id", row_text(&x, N_ORG));
        jw_str(&w, "org_name", row_text(&x, N_ORG_NAME));
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end_whole(r);
}

struct error *pool_news_remove(struct request *r)
{
    bool done;
    TRY(pool_news_dismiss(r, param_str(r, "id").p, &done));
    if (!done)
        return not_found(r);
    request_audit(r, "pool_news", param_str(r, "id").p, NULL, STR(""), STR(""));
    return reply_empty(r, 204);
}

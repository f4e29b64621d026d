/* Lists by attributes of a class. The index of one attribute leads where its condition leaves few records, or where the list
 * is in its order; everything else goes through the index of the list and asks each record (ASSET_FILTERS). */
#include "assets/asset_store.h"

enum { FEW = 2000 };

#define LEADS(S, IX)                                              \
    " FROM attribute_index x FORCE INDEX (ix_attribute_index_" IX \
    ") WHERE" S(x) " AND x.attr_no = :by AND x.value BETWEEN :by_lo AND :by_hi"
#define LED(S, IX)                                                                                                          \
    " FROM attribute_index x FORCE INDEX (ix_attribute_index_" IX ") STRAIGHT_JOIN assets a ON a.id = x.record_id WHERE" S( \
        x) " AND x.attr_no = :by AND x.value BETWEEN :by_lo AND :by_hi AND" S(a) ASSET_FILTERS

#define COUNT_LEADS(S, IX) "SELECT COUNT(*) FROM (SELECT 1" LEADS(S, IX) " LIMIT :cap) t"
SQL_SCOPED(asset_count_leads_sql, COUNT_LEADS);
#define COUNT_LED(S, IX) "SELECT COUNT(*) FROM (SELECT DISTINCT a.id" LED(S, IX) " LIMIT :cap) t"
SQL_SCOPED(asset_count_led_sql, COUNT_LED);

/* In the order of the attribute. */
#define ORDERED(FROM, DIRECTION)                                                                                        \
    "SELECT " ASSET_ITEM_COLUMNS ", a.attributes FROM (SELECT x.record_id, x.value" FROM " ORDER BY x.value " DIRECTION \
    ", x.record_id " DIRECTION                                                                                          \
    " LIMIT :size OFFSET :offset) k JOIN assets a ON a.id = k.record_id JOIN orgs o ON o.id = a.org_id "                \
    "ORDER BY k.value " DIRECTION ", k.record_id " DIRECTION
#define UP(S, IX) ORDERED(LEADS(S, IX), "ASC")
SQL_SCOPED(asset_by_attribute_sql, UP);
#define DOWN(S, IX) ORDERED(LEADS(S, IX), "DESC")
SQL_SCOPED(asset_by_attribute_down_sql, DOWN);
#define UP_FILTERED(S, IX) ORDERED(LED(S, IX), "ASC")
SQL_SCOPED(asset_by_attribute_filtered_sql, UP_FILTERED);
#define DOWN_FILTERED(S, IX) ORDERED(LED(S, IX), "DESC")
SQL_SCOPED(asset_by_attribute_filtered_down_sql, DOWN_FILTERED);

/* Few records, whatever their order. */
#define FEW_PAGE(S, IX)                                                                                                        \
    "SELECT " ASSET_ITEM_COLUMNS ", a.attributes FROM (SELECT DISTINCT a.id" LED(                                              \
        S, IX) ") k JOIN assets a ON a.id = k.id JOIN orgs o ON o.id = a.org_id LEFT JOIN attribute_index v ON "               \
               "v.record_id = a.id AND v.attr_no = :sort_by ORDER BY IF(:sort = 'up', v.value, NULL), "                        \
               "IF(:sort = 'down', v.value, NULL) DESC, IF(:sort = 'name', a.name, NULL), IF(:sort = '-name', a.name, NULL) "  \
               "DESC, IF(:sort = 'updated_at', a.updated_at, NULL), IF(:sort = '-updated_at', a.updated_at, NULL) DESC, a.id " \
               "DESC LIMIT :size OFFSET :offset"
SQL_SCOPED(asset_few_sql, FEW_PAGE);

/* How the records of a scope divide over the values of an attribute. */
#define BREAKDOWN(S, IX)                                                                                              \
    "SELECT CONVERT(x.value USING utf8mb4), COUNT(*) AS n FROM attribute_index x FORCE INDEX (ix_attribute_index_" IX \
    ") WHERE" S(x) " AND x.attr_no = :by GROUP BY x.value ORDER BY n DESC, x.value LIMIT 1000"
SQL_SCOPED(asset_breakdown_sql, BREAKDOWN);

#define BY_ARGS(c) A_INT("by", (c)->no), A_BYTES("by_lo", (c)->lo.p, (c)->lo.n), A_BYTES("by_hi", (c)->hi.p, (c)->hi.n)

/* What is kept of the catalogue may be some seconds old: where it does not know the attribute, what holds now is asked. */
static bool is_old(const struct error *e)
{
    return e && (strcmp(e->rule, "not_ready") == 0 || strcmp(e->rule, "unknown_field") == 0);
}

struct error *asset_ask(struct request *r, struct str class, json_t *where, struct str sort, struct attribute_query *out)
{
    const struct catalogue *c;
    *out = (struct attribute_query){0};
    if (!where && !str_starts(sort, STR("attributes.")) && !str_starts(sort, STR("-attributes.")))
        return NULL;
    TRY(catalogue_get(r->services, r->arena, &c));
    struct error *e = attribute_query_read(r->arena, &c->attributes, &c->codes, &r->who->org, class, where, sort, out);
    if (!is_old(e))
        return e;
    TRY(catalogue_read(r->services, r->arena, &c));
    return attribute_query_read(r->arena, &c->attributes, &c->codes, &r->who->org, class, where, sort, out);
}

struct error *asset_ask_dimension(struct request *r, struct str class, struct str field, int64_t *out)
{
    const struct catalogue *c;
    const struct attribute *t;
    TRY(catalogue_get(r->services, r->arena, &c));
    struct error *e = attribute_usable(r->arena, &c->attributes, class, field, "by", &t);
    if (is_old(e)) {
        TRY(catalogue_read(r->services, r->arena, &c));
        e = attribute_usable(r->arena, &c->attributes, class, field, "by", &t);
    }
    if (e)
        return e;
    if (!form_set_uses(&c->forms, class, field, FORM_DIMENSION))
        return error_field(r->arena, ERR_BAD_PARAMETER, "by", "enum", "assets are not counted by this attribute");
    *out = t->no;
    return NULL;
}

struct error *asset_lead(struct services *s, struct arena *a, const struct scope *scope, struct asset_filter *f)
{
    int64_t least = FEW + 1, n;
    const struct attribute_query *q = &f->attributes;
    f->lead = NULL;
    for (size_t i = 0; i < q->count; i++) {
        TRY(db_int(s->db, a, &asset_count_leads_sql, ARGS(A_SCOPE(scope), BY_ARGS(&q->where[i]), A_INT("cap", least)), 0, &n));
        if (n < least) {
            least = n;
            f->lead = &q->where[i];
        }
    }
    return NULL;
}

/* The range of the attribute that the list is sorted by. */
static struct attribute_condition range_of(const struct attribute_query *q)
{
    for (size_t i = 0; i < q->count; i++)
        if (q->where[i].no == q->sort)
            return q->where[i];
    return attribute_all(q->sort);
}

/* The index alone answers it: nothing is asked that is not in its range. */
static bool bare(const struct asset_filter *f, const struct attribute_condition *by)
{
    const struct attribute_query *q = &f->attributes;
    return asset_filter_plain(f) && !by->any.n && (!q->count || (q->count == 1 && q->where[0].no == by->no));
}

struct error *asset_page_by_attribute(struct services *s, struct arena *a, const struct scope *scope, const struct asset_filter *f,
                                      int64_t offset, int64_t size, struct rows *out, bool *done)
{
    const struct attribute_query *q = &f->attributes;
    struct str sort = q->sort ? (q->down ? STR("down") : STR("up")) : f->sort.n ? f->sort : STR("-updated_at");
    *done = true;
    if (f->lead)
        return db_query(s->db, a, &asset_few_sql,
                        ARGS(ASSET_FILTER_ARGS(a, scope, f), BY_ARGS(f->lead), A_INT("sort_by", q->sort), A_STR("sort", sort),
                             A_INT("offset", offset), A_INT("size", size)),
                        out);
    *done = q->sort != 0;
    if (!q->sort)
        return NULL;
    struct attribute_condition by = range_of(q);
    const struct sql_stmt *statement = bare(f, &by) ? (q->down ? &asset_by_attribute_down_sql : &asset_by_attribute_sql)
                                       : q->down    ? &asset_by_attribute_filtered_down_sql
                                                    : &asset_by_attribute_filtered_sql;
    return db_query(s->db, a, statement,
                    ARGS(ASSET_FILTER_ARGS(a, scope, f), BY_ARGS(&by), A_INT("offset", offset), A_INT("size", size)), out);
}

struct error *asset_count_by_attribute(struct services *s, struct arena *a, const struct scope *scope, const struct asset_filter *f,
                                       int64_t cap, int64_t *out, bool *done)
{
    const struct attribute_query *q = &f->attributes;
    bool alone = q->count == 1 && bare(f, &q->where[0]);
    *done = f->lead || alone;
    if (alone)
        return db_int(s->db, a, &asset_count_leads_sql, ARGS(A_SCOPE(scope), BY_ARGS(&q->where[0]), A_INT("cap", cap)), 0, out);
    return f->lead ? db_int(s->db, a, &asset_count_led_sql,
                            ARGS(ASSET_FILTER_ARGS(a, scope, f), BY_ARGS(f->lead), A_INT("cap", cap)), 0, out)
                   : NULL;
}

struct error *asset_breakdown_rows(struct services *s, struct arena *a, const struct scope *scope, int64_t attribute,
                                   struct rows *out)
{
    return db_query(s->db, a, &asset_breakdown_sql, ARGS(A_SCOPE(scope), A_INT("by", attribute)), out);
}

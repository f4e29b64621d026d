/* Regions and sectors, for pickers. */
#include "http/request.h"
#include "json/write.h"

struct error *region_list(struct request *r);
struct error *sector_list(struct request *r);

SQL(region_list_sql, "SELECT code, name_zh, name_en, short_zh, parent_code FROM regions ORDER BY code");
SQL(sector_list_sql, "SELECT code, label_zh, label_en FROM sectors ORDER BY sort_order, code");

static struct error *answer(struct request *r, const struct sql_stmt *s, const char *const *names, unsigned n)
{
    struct rows rows;
    TRY(db_query(r->db, r->arena, s, NO_ARGS, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows)) {
        jw_object_begin(&w, NULL);
        for (unsigned i = 0; i < n; i++)
            jw_row_text(&w, names[i], &rows, i);
        jw_object_end(&w);
    }
    TRY(rows_end(&rows));
    buf_lit(&r->reply, "]}");
    return reply_written(r, 200);
}

struct error *region_list(struct request *r)
{
    static const char *const names[] = {"code", "name_zh", "name_en", "short_zh", "parent_code"};
    return answer(r, &region_list_sql, names, 5);
}

struct error *sector_list(struct request *r)
{
    static const char *const names[] = {"code", "label_zh", "label_en"};
    return answer(r, &sector_list_sql, names, 3);
}

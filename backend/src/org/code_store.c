/* Regions, for pickers. */
#include "http/request.h"
#include "json/write.h"

struct error *region_list(struct request *r);

SQL(region_list_sql, "SELECT code, name_zh, name_en, short_zh, parent_code FROM regions ORDER BY code");

struct error *region_list(struct request *r)
{
    static const char *const names[] = {"code", "name_zh", "name_en", "short_zh", "parent_code"};
    struct rows rows;
    TRY(db_query(r->db, r->arena, &region_list_sql, NO_ARGS, &rows));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&rows)) {
        jw_object_begin(&w, NULL);
        for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
            jw_row_text(&w, names[i], &rows, i);
        jw_object_end(&w);
    }
    TRY(rows_end(&rows));
    return list_end_whole(r);
}

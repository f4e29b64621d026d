/* GET /address-spaces */
#include "http/request.h"
#include "json/write.h"
#include "org/org.h"

struct error *space_list(struct request *r);

struct error *space_list(struct request *r)
{
    struct rows x;
    TRY(org_spaces(r->db, r->arena, &r->who->scope, param_str(r, "q"), &x));
    list_begin(r);
    struct jw w = jw_of(&r->reply);
    while (rows_next(&x)) {
        jw_object_begin(&w, NULL);
        jw_str(&w, "id", row_text(&x, 0));
        jw_str(&w, "kind", row_text(&x, 1));
        jw_str(&w, "name", row_text(&x, 2));
        jw_row_text(&w, "org_id", &x, 3);
        jw_object_end(&w);
    }
    TRY(rows_end(&x));
    return list_end_whole(r);
}

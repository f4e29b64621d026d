/* How an organisation's stamp (http/principal.h) goes into a row that belongs to it:
 *     SQL(x_insert, "INSERT INTO x (id, " ORG_COLUMNS ") VALUES (:id, " ORG_VALUES ")");
 *     ARGS(A_Z("id", id), ORG_ARGS(&stamp))
 * and comes out of one. */
#ifndef HTTP_ORG_COLUMNS_H
#define HTTP_ORG_COLUMNS_H

#include "http/principal.h"
#include "sql/sql.h"

#define ORG_COLUMNS "org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code"
#define ORG_VALUES ":org_id, :org_l1, :org_l2, :org_l3, :org_l4, :org_l5, :org_l6, :sector_code"
#define ORG_ARGS(stamp)                                                                         \
    A_OPT("org_id", str_of((stamp)->org_id)), A_OPT("org_l1", str_of((stamp)->level[0])),       \
        A_OPT("org_l2", str_of((stamp)->level[1])), A_OPT("org_l3", str_of((stamp)->level[2])), \
        A_OPT("org_l4", str_of((stamp)->level[3])), A_OPT("org_l5", str_of((stamp)->level[4])), \
        A_OPT("org_l6", str_of((stamp)->level[5])), A_OPT("sector_code", str_of((stamp)->sector))

/* And how it is read back: the columns of ORG_COLUMNS from `first` on; the depth is that of the deepest level. */
static inline void row_org(struct rows *r, unsigned first, struct org_stamp *out)
{
    *out = (struct org_stamp){0};
    str_copy(out->org_id, sizeof out->org_id, row_text(r, first));
    for (unsigned i = 0; i < 6; i++) {
        str_copy(out->level[i], sizeof out->level[i], row_text(r, first + 1 + i));
        if (out->level[i][0])
            out->depth = (int)i + 1;
    }
    str_copy(out->sector, sizeof out->sector, row_text(r, first + 7));
}

#endif

#include "org/restamp.h"

#define WHY "a move changes the place of all rows of the moved units, whoever asked for it"
#define PICK(c) "IF(:wide, m.w" #c ", m.n" #c ")"
#define STAMP_SAME                                                                                               \
    "t.org_l1 <=> " PICK(1) " AND t.org_l2 <=> " PICK(2) " AND t.org_l3 <=> " PICK(3) " AND t.org_l4 <=> " PICK( \
        4) " AND t.org_l5 <=> " PICK(5) " AND t.org_l6 <=> " PICK(6) " AND t.sector_code <=> " PICK(_sector)
#define STAMP_SET                                                                                                       \
    "t.org_l1 = " PICK(1) ", t.org_l2 = " PICK(2) ", t.org_l3 = " PICK(3) ", t.org_l4 = " PICK(4) ", t.org_l5 = " PICK( \
        5) ", t.org_l6 = " PICK(6) ", t.sector_code = " PICK(_sector)
#define UNIT_OF "JOIN org_move_units m ON m.move_id = :move AND m.unit_id = t.org_id "

/* The four statements of a table. A unit that was merged gives its rows away where the other one has none of that kind
 * already (uniqueness); the rest stays its own, at the other's place. */
#define RESTAMP(table, key, first)                                                                                           \
    SQL_SYSTEM(restamp_look_##table, WHY,                                                                                    \
               "SELECT t." #key ", m.unit_id IS NOT NULL AND (NOT (" STAMP_SAME ") OR (:wide AND m.to_org <> m.unit_id)) "   \
               "FROM (SELECT " #key ", org_id, org_l1, org_l2, org_l3, org_l4, org_l5, org_l6, sector_code FROM " #table     \
               " WHERE " #key " > :after ORDER BY " #key " LIMIT :limit) t LEFT JOIN org_move_units m ON m.move_id = :move " \
               "AND m.unit_id = t.org_id ORDER BY t." #key);                                                                 \
    SQL_SYSTEM(restamp_stamp_##table, WHY,                                                                                   \
               "UPDATE " #table " t " UNIT_OF "SET " STAMP_SET " WHERE t." #key " > :after AND t." #key " <= :upto");        \
    SQL_SYSTEM(restamp_give_##table, WHY,                                                                                    \
               "UPDATE IGNORE " #table " t " UNIT_OF "SET t.org_id = m.to_org WHERE t." #key " > :after AND t." #key         \
               " <= :upto AND m.to_org <> m.unit_id");                                                                       \
    COUNTED(table, "SELECT COUNT(*) FROM (SELECT 1 FROM " #table " t WHERE", " LIMIT 100001) x")
/* SQL_SCOPED for a text whose table is a parameter. */
#define COUNTED(table, head, tail)                                                                    \
    static struct sql_stmt restamp_count_##table = {.name = "restamp_count_" #table,                  \
                                                    .scoped = true,                                   \
                                                    .text = {[SCOPE_NONE] = head IN_NONE(t) tail,     \
                                                             [SCOPE_ALL] = head IN_ALL(t) tail,       \
                                                             [SCOPE_L1] = head IN_L1(t) tail,         \
                                                             [SCOPE_L2] = head IN_L2(t) tail,         \
                                                             [SCOPE_L3] = head IN_L3(t) tail,         \
                                                             [SCOPE_L4] = head IN_L4(t) tail,         \
                                                             [SCOPE_L5] = head IN_L5(t) tail,         \
                                                             [SCOPE_L6] = head IN_L6(t) tail,         \
                                                             [SCOPE_SECTOR] = head IN_SECTOR(t) tail, \
                                                             [SCOPE_OWN2] = head IN_OWN2(t) tail,     \
                                                             [SCOPE_OWN3] = head IN_OWN3(t) tail}};   \
    SQL_REGISTER(restamp_count_##table);
#define REMAINS(table)
#include "restamp_tables.def"
#undef RESTAMP

struct table {
    const char *name, *first;
    struct sql_stmt *look, *stamp, *give, *count;
};
#define RESTAMP(table, key, first) \
    {#table, first, &restamp_look_##table, &restamp_stamp_##table, &restamp_give_##table, &restamp_count_##table},
static const struct table tables[] = {
#include "restamp_tables.def"
};
#undef RESTAMP
#undef REMAINS

#define RESTAMP(table, key, first) #table ","
#define REMAINS(table) #table ","
static const char known_tables[] = ","
#include "restamp_tables.def"
    ;
#undef RESTAMP
#undef REMAINS

SQL(restamp_unknown_sql, "SELECT c.table_name FROM information_schema.columns c WHERE c.table_schema = DATABASE() AND "
                         "c.column_name = 'org_l1' AND INSTR(:known, CONCAT(',', c.table_name, ',')) = 0 LIMIT 1");
SQL(restamp_estimate_sql, "SELECT SUM(t.table_rows) FROM information_schema.tables t WHERE t.table_schema = DATABASE() AND "
                          "INSTR(:known, CONCAT(',', t.table_name, ',')) > 0 AND t.table_name NOT IN ('orgs', 'audit_log')");

size_t restamp_tables(void)
{
    return sizeof tables / sizeof *tables;
}

const char *restamp_table(size_t i)
{
    return tables[i].name;
}

struct error *restamp_unknown(struct db *db, struct arena *a, const char **out)
{
    struct rows rows;
    bool found;
    *out = "";
    TRY(db_one(db, a, &restamp_unknown_sql, ARGS(A_Z("known", known_tables)), &rows, &found));
    if (!found)
        return NULL;
    *out = row_dup(&rows, a, 0);
    return rows_end(&rows);
}

struct error *restamp_estimate(struct db *db, struct arena *a, int64_t *out)
{
    return db_int(db, a, &restamp_estimate_sql, ARGS(A_Z("known", known_tables)), 0, out);
}

struct error *restamp_count(struct db *db, struct arena *a, size_t table, const struct scope *scope, int64_t *out)
{
    return db_int(db, a, tables[table].count, ARGS(A_SCOPE(scope)), 0, out);
}

#define STEP_ARGS(s) \
    A_Z("move", (s)->move), A_INT("wide", (s)->wide), A_Z("after", (s)->after[0] ? (s)->after : tables[(s)->table].first)

struct error *restamp_look(struct db *db, struct arena *a, const struct restamp_step *s, int64_t most, char upto[37],
                           int64_t *looked, int64_t *found)
{
    struct rows rows;
    *looked = *found = 0;
    upto[0] = '\0';
    TRY(db_query(db, a, tables[s->table].look, ARGS(STEP_ARGS(s), A_INT("limit", RESTAMP_LOOK)), &rows));
    while (*found < most && rows_next(&rows)) {
        (*looked)++;
        *found += row_int(&rows, 1) != 0;
        str_copy(upto, 37, row_text(&rows, 0));
    }
    return rows_end(&rows);
}

struct error *restamp_write(struct db *db, struct arena *a, const struct restamp_step *s, const char *upto)
{
    const struct sql_arg *args = ARGS(STEP_ARGS(s), A_Z("upto", upto));
    TRY(db_exec(db, a, tables[s->table].stamp, args, NULL));
    return s->wide ? db_exec(db, a, tables[s->table].give, args, NULL) : NULL;
}

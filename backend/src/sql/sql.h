/* SQL: named statements, prepared once per connection, bound by name (MariaDB Connector/C).
 *
 * A statement is a literal declared at file scope in a *_store.c:
 *     SQL(org_by_id, "SELECT id, name FROM orgs WHERE id = :id");
 * A variable in its place does not compile. Rows that belong to a unit are read through
 *     #define ASSET_PAGE(S, IX) "SELECT ... FROM assets a FORCE INDEX (ix_assets_" IX ") WHERE " S(a) " ..."
 *     SQL_SCOPED(asset_page, ASSET_PAGE);
 * which becomes one literal per kind of data scope; the caller passes A_SCOPE(scope) and the kind picks
 * the literal. A statement over a scoped table that must see all rows says why: SQL_SYSTEM(id, "why", "...").
 *
 * Lives: results belong to the arena that they were asked into. One result at a time per statement.
 * Errors: ERR_UNAVAILABLE when the server is away (the connection is opened again by the next call),
 * ERR_DUPLICATE on a unique key, ERR_IN_USE on a foreign key, ERR_INTERNAL for what should not happen.
 * db_must_retry() tells that a deadlock or lock wait (1213, 1205) ended the transaction. */
#ifndef SQL_SQL_H
#define SQL_SQL_H

#include <stdbool.h>
#include <stdint.h>

#include "kernel/error.h"
#include "kernel/str.h"

/* ---- data scope ---- */
enum scope_kind {
    SCOPE_NONE, /* sees nothing */
    SCOPE_ALL,
    SCOPE_L1,
    SCOPE_L2,
    SCOPE_L3,
    SCOPE_L4,
    SCOPE_L5,
    SCOPE_L6,
    SCOPE_SECTOR,
    SCOPE_OWN2, /* the rows of one organisation itself, at level 1 or 2: those without a stamp of level 3 */
    SCOPE_OWN3, /* the same at level 3 and below */
    SCOPE_KINDS
};

struct scope {
    enum scope_kind kind;
    char org[37];    /* the organisation whose level column is compared */
    char org_l3[37]; /* its ancestor at level 3 when it lies deeper */
    char sector[17];
};

#define IN_NONE(t) " FALSE "
#define IN_ALL(t) " TRUE "
#define IN_L1(t) " " #t ".org_l1 = :scope_org "
#define IN_L2(t) " " #t ".org_l2 = :scope_org "
#define IN_L3(t) " " #t ".org_l3 = :scope_org "
#define IN_L4(t) " (" #t ".org_l3 = :scope_l3 AND " #t ".org_l4 = :scope_org) "
#define IN_L5(t) " (" #t ".org_l3 = :scope_l3 AND " #t ".org_l5 = :scope_org) "
#define IN_L6(t) " (" #t ".org_l3 = :scope_l3 AND " #t ".org_l6 = :scope_org) "
#define IN_SECTOR(t) " " #t ".sector_code = :scope_sector "
#define IN_OWN2(t) " (" #t ".org_l3 IS NULL AND " #t ".org_id = :scope_org) "
#define IN_OWN3(t) " (" #t ".org_l3 = :scope_l3 AND " #t ".org_id = :scope_org) "

/* ---- statements ---- */
struct sql_prepared;
struct sql_text {
    const char *sql;
};
struct sql_stmt {
    const char *name;
    const char *why_unscoped; /* SQL_SYSTEM only */
    bool scoped;
    const char *text[SCOPE_KINDS]; /* one, or one per scope kind */
    unsigned slot;                 /* set at boot */
};

#define SQL_REGISTER(id) static struct sql_stmt *const id##_registered __attribute__((section("sql_registry"), used)) = &id

#define SQL(id, literal)                                                               \
    static struct sql_stmt id = {.name = #id, .text = {[SCOPE_NONE] = "" literal ""}}; \
    SQL_REGISTER(id)

#define SQL_SYSTEM(id, why, literal)                                                                              \
    static struct sql_stmt id = {.name = #id, .why_unscoped = "" why "", .text = {[SCOPE_NONE] = "" literal ""}}; \
    SQL_REGISTER(id)

/* IX names the index suffix that serves the scope kind: "all", "l2", "l3", "sector". */
#define SQL_SCOPED(id, T)                                                                \
    static struct sql_stmt id = {.name = #id,                                            \
                                 .scoped = true,                                         \
                                 .text = {[SCOPE_NONE] = "" T(IN_NONE, "all") "",        \
                                          [SCOPE_ALL] = "" T(IN_ALL, "all") "",          \
                                          [SCOPE_L1] = "" T(IN_L1, "all") "",            \
                                          [SCOPE_L2] = "" T(IN_L2, "l2") "",             \
                                          [SCOPE_L3] = "" T(IN_L3, "l3") "",             \
                                          [SCOPE_L4] = "" T(IN_L4, "l3") "",             \
                                          [SCOPE_L5] = "" T(IN_L5, "l3") "",             \
                                          [SCOPE_L6] = "" T(IN_L6, "l3") "",             \
                                          [SCOPE_SECTOR] = "" T(IN_SECTOR, "sector") "", \
                                          [SCOPE_OWN2] = "" T(IN_OWN2, "l3") "",         \
                                          [SCOPE_OWN3] = "" T(IN_OWN3, "l3") ""}};       \
    SQL_REGISTER(id)

/* ---- arguments ---- */
enum sql_type { SQL_END, SQL_NULL, SQL_TEXT, SQL_INT, SQL_REAL, SQL_BYTES, SQL_UUID, SQL_SCOPE };
struct sql_arg {
    const char *name;
    enum sql_type type;
    struct str text;
    int64_t i;
    double d;
    const struct scope *scope;
};
#define ARGS(...) ((const struct sql_arg[]){__VA_ARGS__, {.type = SQL_END}})
#define NO_ARGS ((const struct sql_arg[]){{.type = SQL_END}})
/* The formatter takes a function whose name is in capitals for a macro. */
/* clang-format off */
static inline struct sql_arg A_STR(const char *name, struct str s)
{
    return (struct sql_arg){.name = name, .type = SQL_TEXT, .text = s};
}
/* A C string; NULL binds SQL NULL. */
static inline struct sql_arg A_Z(const char *name, const char *s)
{
    return (struct sql_arg){.name = name, .type = s ? SQL_TEXT : SQL_NULL, .text = str_of(s)};
}
/* An empty string binds SQL NULL. */
static inline struct sql_arg A_OPT(const char *name, struct str s)
{
    return (struct sql_arg){.name = name, .type = s.n ? SQL_TEXT : SQL_NULL, .text = s};
}
static inline struct sql_arg A_BYTES(const char *name, const void *p, size_t n)
{
    return (struct sql_arg){.name = name, .type = p ? SQL_BYTES : SQL_NULL, .text = {p, n}};
}
static inline struct sql_arg A_INT(const char *name, int64_t i)
{
    return (struct sql_arg){.name = name, .type = SQL_INT, .i = i};
}
static inline struct sql_arg A_REAL(const char *name, double d)
{
    return (struct sql_arg){.name = name, .type = SQL_REAL, .d = d};
}
static inline struct sql_arg A_NULL(const char *name)
{
    return (struct sql_arg){.name = name, .type = SQL_NULL};
}
/* Microseconds since 1970 UTC as DATETIME(6); 0 binds NULL. Lives until the call returns. */
struct sql_arg A_TIME(struct arena *a, const char *name, int64_t us);
static inline struct sql_arg A_SCOPE(const struct scope *s)
{
    return (struct sql_arg){.name = "scope", .type = SQL_SCOPE, .scope = s};
}
/* clang-format on */

/* ---- connection ---- */
struct db;
struct db_settings {
    const char *socket, *name, *user, *password;
    unsigned statement_seconds; /* max_statement_time, 0 = 10 s */
};
/* Nothing is opened until the first statement. Lives until db_close. */
struct db *db_open(const struct db_settings *settings);
void db_close(struct db *db);
/* Checks every registered statement's text (names, duplicates) and numbers them; once per process, before db_open. */
void sql_registry_init(void);
/* Prepares every registered statement; the first that the server refuses is the error. For tests and start-up. */
struct error *db_prepare_all(struct db *db, struct arena *a) MUST_CHECK;

struct error *db_ping(struct db *db, struct arena *a) MUST_CHECK;
struct error *db_begin(struct db *db, struct arena *a) MUST_CHECK;
/* ERR_COMMIT_UNKNOWN when the connection died before the answer. */
struct error *db_commit(struct db *db, struct arena *a) MUST_CHECK;
void db_rollback(struct db *db);
/* The end of a transaction: commits when e is NULL, otherwise rolls back and gives e back. */
struct error *db_finish(struct db *db, struct arena *a, struct error *e) MUST_CHECK;
bool db_in_transaction(const struct db *db);
/* Told how each transaction ended; one observer a connection. */
enum db_end { DB_COMMITTED, DB_ROLLED_BACK, DB_UNKNOWN };
void db_on_end(struct db *db, void (*ended)(void *context, enum db_end how), void *context);
bool db_must_retry(const struct db *db);

/* Writes. affected may be NULL; it counts rows changed (MariaDB: 2 for an upsert that updated). */
struct error *db_exec(struct db *db, struct arena *a, const struct sql_stmt *s, const struct sql_arg *args,
                      uint64_t *affected) MUST_CHECK;

/* One statement for n rows, column arrays (array binding). A column is text (with optional NULLs) or integers. */
struct sql_column {
    const char *name;
    enum sql_type type;      /* SQL_TEXT, SQL_BYTES, SQL_UUID or SQL_INT; SQL_END ends the list */
    const struct str *text;  /* n values; p == NULL is SQL NULL */
    const int64_t *ints;     /* n values */
    const bool *nulls;       /* with ints: true is SQL NULL; may be NULL */
    struct sql_arg constant; /* when text and ints are NULL: the same value in each row */
};
#define COLUMNS(...) ((const struct sql_column[]){__VA_ARGS__, {.type = SQL_END}})
/* clang-format off */
static inline struct sql_column C_TEXT(const char *name, const struct str *v)
{
    return (struct sql_column){.name = name, .type = SQL_TEXT, .text = v};
}
static inline struct sql_column C_BYTES(const char *name, const struct str *v)
{
    return (struct sql_column){.name = name, .type = SQL_BYTES, .text = v};
}
/* The texts of UUIDs, sent as their 16 bytes: for columns of type UUID in statements of many rows. */
static inline struct sql_column C_UUID(const char *name, const struct str *v)
{
    return (struct sql_column){.name = name, .type = SQL_UUID, .text = v};
}
static inline struct sql_column C_INT(const char *name, const int64_t *v, const bool *nulls)
{
    return (struct sql_column){.name = name, .type = SQL_INT, .ints = v, .nulls = nulls};
}
static inline struct sql_column C_SAME(struct sql_arg constant)
{
    return (struct sql_column){.name = constant.name, .type = constant.type == SQL_INT ? SQL_INT : SQL_TEXT, .constant = constant};
}
struct error *db_exec_many(struct db *db, struct arena *a, const struct sql_stmt *s, size_t n, const struct sql_column *columns,
                           uint64_t *affected) MUST_CHECK;
/* clang-format on */

/* ---- results: ask, then rows_next until false, then rows_end's error (NULL when all was read) ---- */
struct rows {
    struct db *db;
    struct arena *arena;
    struct sql_prepared *st;
    bool open;
    struct error *error;
};
struct error *db_query(struct db *db, struct arena *a, const struct sql_stmt *s, const struct sql_arg *args,
                       struct rows *out) MUST_CHECK;
bool rows_next(struct rows *r);
struct error *rows_end(struct rows *r) MUST_CHECK;
/* Columns by position, from 0. Text points into the result and lives until the next rows_next or rows_end. */
bool row_null(const struct rows *r, unsigned col);
struct str row_text(struct rows *r, unsigned col);            /* empty for NULL; integers and times are rendered */
char *row_dup(struct rows *r, struct arena *a, unsigned col); /* NULL for NULL */
int64_t row_int(const struct rows *r, unsigned col);
double row_real(const struct rows *r, unsigned col);
int64_t row_time(const struct rows *r, unsigned col); /* DATETIME or DATE as microseconds since 1970 UTC, 0 for NULL */

/* At most one row: found tells. Read its columns with row_*, then rows_end. */
struct error *db_one(struct db *db, struct arena *a, const struct sql_stmt *s, const struct sql_arg *args, struct rows *out,
                     bool *found) MUST_CHECK;
/* One integer of one row; `missing` when there is no row or it is NULL. */
struct error *db_int(struct db *db, struct arena *a, const struct sql_stmt *s, const struct sql_arg *args, int64_t missing,
                     int64_t *out) MUST_CHECK;

/* For migrations only: plain text statements, one or several. */
struct error *db_script(struct db *db, struct arena *a, const char *sql) MUST_CHECK;

#endif

/* Inside sql/ only. */
#ifndef SQL_SQL_INTERNAL_H
#define SQL_SQL_INTERNAL_H

#include <mysql.h>

#include "sql/sql.h"

enum { SQL_MAX_PARAMS = 96, SQL_NAME_MAX = 32, SQL_MAX_COLUMNS = 64, SQL_CELL_BYTES = 512 };

struct sql_parsed {
    char *text; /* malloc: named parameters replaced by ? */
    unsigned params;
    char name[SQL_MAX_PARAMS][SQL_NAME_MAX];
};
/* NULL or why the text is refused. */
const char *sql_parse(const char *sql, struct sql_parsed *out);
size_t sql_registry_count(void);
const struct sql_stmt *sql_registry_at(size_t i);

/* How one result column is fetched. */
struct sql_cell {
    enum { CELL_INT, CELL_REAL, CELL_TIME, CELL_TEXT } kind;
    union {
        long long i;
        double d;
        MYSQL_TIME t;
        char *text;
    } v;
    unsigned long length;
    unsigned long room; /* bytes at text */
    my_bool null, truncated;
};

/* One prepared statement on one connection; kept until the connection closes. */
struct sql_prepared {
    MYSQL_STMT *stmt;
    const struct sql_stmt *of;
    unsigned params, columns;
    char (*name)[SQL_NAME_MAX];
    struct sql_cell *cells;
};

struct db {
    struct db_settings settings;
    MYSQL *mysql;
    struct sql_prepared **prepared; /* [slot * SCOPE_KINDS + kind] */
    bool in_tx;
    bool must_retry;
    void (*ended)(void *context, enum db_end how);
    void *ended_context;
};

struct error *db_connect(struct db *db, struct arena *a);
/* Turns the server's or the client library's error into ours; closes the connection when it is gone. */
struct error *db_fail(struct db *db, struct arena *a, const char *what, unsigned code, const char *message);
bool db_lost(unsigned code);

#endif

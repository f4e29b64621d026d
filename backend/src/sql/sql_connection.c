#include <errmsg.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/log.h"
#include "sql/sql_internal.h"

enum { CONNECT_SECONDS = 2, STATEMENT_SECONDS = 10 };

struct db *db_open(const struct db_settings *settings)
{
    struct db *db = calloc(1, sizeof *db);
    if (!db)
        abort();
    sql_registry_init();
    db->settings = *settings;
    db->prepared = calloc(sql_registry_count() * SCOPE_KINDS, sizeof *db->prepared);
    if (!db->prepared)
        abort();
    return db;
}

static void drop_prepared(struct sql_prepared *p)
{
    mysql_stmt_close(p->stmt);
    for (unsigned i = 0; i < p->columns; i++)
        if (p->cells[i].kind == CELL_TEXT)
            free(p->cells[i].v.text);
    free(p->cells);
    free(p->name);
    free(p);
}

static void disconnect(struct db *db)
{
    for (size_t i = 0; i < sql_registry_count() * SCOPE_KINDS; i++) {
        if (!db->prepared[i])
            continue;
        drop_prepared(db->prepared[i]);
        db->prepared[i] = NULL;
    }
    if (db->mysql)
        mysql_close(db->mysql);
    db->mysql = NULL;
    db->in_tx = false;
}

void db_close(struct db *db)
{
    if (!db)
        return;
    disconnect(db);
    free(db->prepared);
    free(db);
}

bool db_lost(unsigned code)
{
    return code == CR_SERVER_GONE_ERROR || code == CR_SERVER_LOST || code == CR_CONNECTION_ERROR || code == CR_CONN_HOST_ERROR ||
           code == CR_COMMANDS_OUT_OF_SYNC || code == ER_SERVER_SHUTDOWN || code == ER_UNKNOWN_COM_ERROR ||
           code == ER_CONNECTION_KILLED || code == 5014 /* stream closed */;
}

static enum error_code code_of(unsigned code)
{
    switch (code) {
    case ER_DUP_ENTRY:
        return ERR_DUPLICATE;
    case ER_ROW_IS_REFERENCED_2:
        return ERR_IN_USE;
    case ER_LOCK_DEADLOCK:
    case ER_LOCK_WAIT_TIMEOUT:
    case ER_STATEMENT_TIMEOUT:
    case ER_CON_COUNT_ERROR:
    case ER_OPTION_PREVENTS_STATEMENT: /* read-only server */
        return ERR_UNAVAILABLE;
    case ER_DISK_FULL:
    case ER_RECORD_FILE_FULL:
        return ERR_NO_ROOM;
    default:
        return db_lost(code) ? ERR_UNAVAILABLE : ERR_INTERNAL;
    }
}

struct error *db_fail(struct db *db, struct arena *a, const char *what, unsigned code, const char *message)
{
    enum error_code ours = code_of(code);
    if (ours != ERR_DUPLICATE)
        log_error("sql", "%.200s: %u %s", what, code, message);
    struct error *e = error_new(a, ours, "%s",
                                ours == ERR_UNAVAILABLE ? "the database did not answer in time"
                                : ours == ERR_DUPLICATE ? "a unique value is taken"
                                : ours == ERR_NO_ROOM   ? "the database has no room left"
                                : ours == ERR_IN_USE    ? "the record is referred to"
                                                        : "a database statement failed");
    if (ours == ERR_UNAVAILABLE)
        e->retry_after = 2;
    if (code == ER_LOCK_DEADLOCK || code == ER_LOCK_WAIT_TIMEOUT)
        db->must_retry = true;
    if (db_lost(code))
        disconnect(db);
    return e;
}

static void set_options(MYSQL *m, unsigned statement_seconds)
{
    unsigned connect = CONNECT_SECONDS, io = statement_seconds + 1; /* the server stops a statement before we stop waiting */
    my_bool report = 1;
    mysql_optionsv(m, MYSQL_OPT_CONNECT_TIMEOUT, &connect);
    mysql_optionsv(m, MYSQL_OPT_READ_TIMEOUT, &io);
    mysql_optionsv(m, MYSQL_OPT_WRITE_TIMEOUT, &io);
    mysql_optionsv(m, MYSQL_REPORT_DATA_TRUNCATION, &report);
    mysql_optionsv(m, MYSQL_SET_CHARSET_NAME, "utf8mb4");
}

struct error *db_connect(struct db *db, struct arena *a)
{
    if (db->mysql)
        return NULL;
    MYSQL *m = mysql_init(NULL);
    if (!m)
        abort();
    char first[256];
    unsigned seconds = db->settings.statement_seconds ? db->settings.statement_seconds : STATEMENT_SECONDS;
    set_options(m, seconds);
    mysql_optionsv(m, MYSQL_INIT_COMMAND,
                   "SET time_zone='+00:00', "
                   "sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'");
    snprintf(first, sizeof first, "SET max_statement_time=%u, innodb_lock_wait_timeout=5, tx_isolation='READ-COMMITTED'", seconds);
    mysql_optionsv(m, MYSQL_INIT_COMMAND, first);
    if (!mysql_real_connect(m, NULL, db->settings.user, db->settings.password, db->settings.name, 0, db->settings.socket, 0)) {
        struct error *e = db_fail(db, a, "connect", CR_CONNECTION_ERROR, mysql_error(m));
        mysql_close(m);
        return e;
    }
    db->mysql = m;
    return NULL;
}

struct error *db_ping(struct db *db, struct arena *a)
{
    TRY(db_connect(db, a));
    if (mysql_ping(db->mysql))
        return db_fail(db, a, "ping", mysql_errno(db->mysql), mysql_error(db->mysql));
    return NULL;
}

static struct error *plain(struct db *db, struct arena *a, const char *sql)
{
    if (mysql_real_query(db->mysql, sql, strlen(sql)))
        return db_fail(db, a, sql, mysql_errno(db->mysql), mysql_error(db->mysql));
    return NULL;
}

struct error *db_begin(struct db *db, struct arena *a)
{
    db->must_retry = false;
    bool fresh = !db->mysql;
    TRY(db_connect(db, a));
    if (mysql_real_query(db->mysql, "START TRANSACTION", 17)) {
        unsigned code = mysql_errno(db->mysql);
        struct error *e = db_fail(db, a, "begin", code, mysql_error(db->mysql));
        if (fresh || !db_lost(code))
            return e;
        TRY(db_connect(db, a)); /* the server restarted since the last request: nothing was begun yet */
        TRY(plain(db, a, "START TRANSACTION"));
    }
    db->in_tx = true;
    return NULL;
}

void db_on_end(struct db *db, void (*ended)(void *context, enum db_end how), void *context)
{
    db->ended = ended;
    db->ended_context = context;
}

static void tell(struct db *db, enum db_end how)
{
    if (db->ended)
        db->ended(db->ended_context, how);
}

struct error *db_commit(struct db *db, struct arena *a)
{
    db->in_tx = false;
    if (!db->mysql) {
        tell(db, DB_ROLLED_BACK);
        return error_new(a, ERR_UNAVAILABLE, "the connection was lost before the commit");
    }
    if (mysql_real_query(db->mysql, "COMMIT", 6) == 0) {
        tell(db, DB_COMMITTED);
        return NULL;
    }
    unsigned code = mysql_errno(db->mysql);
    struct error *e = db_fail(db, a, "commit", code, mysql_error(db->mysql));
    /* What was refused must not stay open: the next START TRANSACTION on this connection would commit it. */
    disconnect(db);
    tell(db, db_lost(code) ? DB_UNKNOWN : DB_ROLLED_BACK);
    if (db_lost(code)) {
        e->code = ERR_COMMIT_UNKNOWN;
        e->detail = "the connection was lost during the commit";
        e->retry_after = 2;
    }
    return e;
}

void db_rollback(struct db *db)
{
    if (db->mysql && db->in_tx && mysql_real_query(db->mysql, "ROLLBACK", 8))
        disconnect(db);
    db->in_tx = false;
    tell(db, DB_ROLLED_BACK);
}

struct error *db_finish(struct db *db, struct arena *a, struct error *e)
{
    if (!e)
        return db_commit(db, a);
    db_rollback(db);
    return e;
}

bool db_in_transaction(const struct db *db)
{
    return db->in_tx;
}

bool db_must_retry(const struct db *db)
{
    return db->must_retry;
}

struct error *db_script(struct db *db, struct arena *a, const char *sql)
{
    TRY(db_connect(db, a));
    return plain(db, a, sql);
}

#include <errmsg.h>
#include <mysqld_error.h>
#include <stdio.h>
#include <stdlib.h>

#include "kernel/clock.h"
#include "kernel/id.h"
#include "sql/sql_internal.h"

/* clang-format off */
struct sql_arg A_TIME(struct arena *a, const char *name, int64_t us)
{
    if (!us)
        return A_NULL(name);
    char *text = arena_alloc(a, 27);
    clock_sql(us, text);
    return A_Z(name, text);
}
/* clang-format on */

static void
plan_cell(struct sql_cell *c, const MYSQL_FIELD *f)
{
    switch (f->type) {
    case MYSQL_TYPE_TINY:
    case MYSQL_TYPE_SHORT:
    case MYSQL_TYPE_INT24:
    case MYSQL_TYPE_LONG:
    case MYSQL_TYPE_LONGLONG:
    case MYSQL_TYPE_YEAR:
        c->kind = CELL_INT;
        return;
    case MYSQL_TYPE_FLOAT:
    case MYSQL_TYPE_DOUBLE:
        c->kind = CELL_REAL;
        return;
    case MYSQL_TYPE_DATE:
    case MYSQL_TYPE_DATETIME:
    case MYSQL_TYPE_TIMESTAMP:
        c->kind = CELL_TIME;
        return;
    default:
        c->kind = CELL_TEXT;
        c->room = f->length && f->length < SQL_CELL_BYTES ? f->length + 1 : SQL_CELL_BYTES;
        c->v.text = malloc(c->room);
        if (!c->v.text)
            abort();
    }
}

static void bind_cell(MYSQL_BIND *b, struct sql_cell *c)
{
    *b = (MYSQL_BIND){.is_null = &c->null, .error = &c->truncated, .length = &c->length};
    switch (c->kind) {
    case CELL_INT:
        b->buffer_type = MYSQL_TYPE_LONGLONG;
        b->buffer = &c->v.i;
        break;
    case CELL_REAL:
        b->buffer_type = MYSQL_TYPE_DOUBLE;
        b->buffer = &c->v.d;
        break;
    case CELL_TIME:
        b->buffer_type = MYSQL_TYPE_DATETIME;
        b->buffer = &c->v.t;
        b->buffer_length = sizeof c->v.t;
        break;
    case CELL_TEXT:
        b->buffer_type = MYSQL_TYPE_STRING;
        b->buffer = c->v.text;
        b->buffer_length = c->room;
        break;
    }
}

static void plan_result(struct sql_prepared *p)
{
    MYSQL_RES *meta = mysql_stmt_result_metadata(p->stmt);
    if (!meta)
        return;
    p->columns = mysql_num_fields(meta);
    if (p->columns > SQL_MAX_COLUMNS)
        abort();
    p->cells = calloc(p->columns, sizeof *p->cells);
    if (!p->cells)
        abort();
    const MYSQL_FIELD *f = mysql_fetch_fields(meta);
    MYSQL_BIND binds[SQL_MAX_COLUMNS];
    for (unsigned i = 0; i < p->columns; i++) {
        plan_cell(&p->cells[i], &f[i]);
        bind_cell(&binds[i], &p->cells[i]);
    }
    mysql_stmt_bind_result(p->stmt, binds);
    mysql_free_result(meta);
}

static struct error *prepare(struct db *db, struct arena *a, const struct sql_stmt *s, unsigned kind, struct sql_prepared **out)
{
    struct sql_prepared **slot = &db->prepared[s->slot * SCOPE_KINDS + kind];
    if (*slot) {
        *out = *slot;
        return NULL;
    }
    struct sql_parsed parsed;
    const char *why = sql_parse(s->text[kind], &parsed);
    if (why)
        return error_new(a, ERR_INTERNAL, "%s: %s", s->name, why);
    MYSQL_STMT *stmt = mysql_stmt_init(db->mysql);
    if (!stmt)
        abort();
    if (mysql_stmt_prepare(stmt, parsed.text, strlen(parsed.text))) {
        struct error *e = db_fail(db, a, s->name, mysql_stmt_errno(stmt), mysql_stmt_error(stmt));
        mysql_stmt_close(stmt);
        free(parsed.text);
        return e;
    }
    free(parsed.text);
    struct sql_prepared *p = calloc(1, sizeof *p);
    if (!p)
        abort();
    *p = (struct sql_prepared){.stmt = stmt, .of = s, .params = parsed.params};
    p->name = malloc(sizeof parsed.name[0] * (parsed.params ? parsed.params : 1));
    if (!p->name)
        abort();
    memcpy(p->name, parsed.name, sizeof parsed.name[0] * parsed.params);
    plan_result(p);
    *slot = p;
    *out = p;
    return NULL;
}

struct error *db_prepare_all(struct db *db, struct arena *a)
{
    TRY(db_connect(db, a));
    for (size_t i = 0; i < sql_registry_count(); i++) {
        const struct sql_stmt *s = sql_registry_at(i);
        for (unsigned k = 0; k < SCOPE_KINDS; k++) {
            struct sql_prepared *p;
            if (s->text[k])
                TRY(prepare(db, a, s, k, &p));
        }
    }
    return NULL;
}

static const struct sql_arg *find_scope(const struct sql_arg *args)
{
    for (; args->type != SQL_END; args++)
        if (args->type == SQL_SCOPE)
            return args;
    return NULL;
}

static bool same_name(const char *a, const char *b)
{
    return a == b || strcmp(a, b) == 0;
}

/* The value of one named parameter; the scope's own three names come from the scope. */
static bool value_of(const char *name, const struct sql_arg *args, const struct scope *scope, struct sql_arg *out)
{
    for (const struct sql_arg *x = args; x->type != SQL_END; x++)
        if (x->type != SQL_SCOPE && same_name(x->name, name)) {
            *out = *x;
            return true;
        }
    if (!scope)
        return false;
    if (strcmp(name, "scope_org") == 0)
        *out = A_Z(name, scope->org);
    else if (strcmp(name, "scope_l3") == 0)
        *out = A_Z(name, scope->org_l3);
    else if (strcmp(name, "scope_sector") == 0)
        *out = A_Z(name, scope->sector);
    else
        return false;
    return true;
}

static void bind_value(MYSQL_BIND *b, struct sql_arg *v)
{
    *b = (MYSQL_BIND){0};
    switch (v->type) {
    case SQL_INT:
        b->buffer_type = MYSQL_TYPE_LONGLONG;
        b->buffer = &v->i;
        break;
    case SQL_REAL:
        b->buffer_type = MYSQL_TYPE_DOUBLE;
        b->buffer = &v->d;
        break;
    case SQL_TEXT:
    case SQL_BYTES:
        b->buffer_type = v->type == SQL_TEXT ? MYSQL_TYPE_STRING : MYSQL_TYPE_BLOB;
        memcpy(&b->buffer, &v->text.p, sizeof b->buffer); /* the library only reads it */
        b->buffer_length = v->text.n;
        break;
    default:
        b->buffer_type = MYSQL_TYPE_NULL;
    }
}

static struct error *bind_args(struct arena *a, struct sql_prepared *p, const struct sql_arg *args, const struct scope *scope,
                               struct sql_arg *values)
{
    MYSQL_BIND binds[SQL_MAX_PARAMS];
    for (unsigned i = 0; i < p->params; i++) {
        if (!value_of(p->name[i], args, scope, &values[i]))
            return error_new(a, ERR_INTERNAL, "%s: no value for :%s", p->of->name, p->name[i]);
        bind_value(&binds[i], &values[i]);
    }
    if (p->params && mysql_stmt_bind_param(p->stmt, binds))
        return error_new(a, ERR_INTERNAL, "%s: binding failed", p->of->name);
    return NULL;
}

static struct error *stmt_fail(struct db *db, struct arena *a, struct sql_prepared *p)
{
    return db_fail(db, a, p->of->name, mysql_stmt_errno(p->stmt), mysql_stmt_error(p->stmt));
}

static struct error *run_once(struct db *db, struct arena *a, const struct sql_stmt *s, const struct sql_arg *args,
                              struct sql_prepared **out, unsigned *lost)
{
    const struct sql_arg *scope = find_scope(args);
    if (s->scoped != (scope != NULL))
        return error_new(a, ERR_INTERNAL, "%s: %s", s->name, s->scoped ? "needs a data scope" : "takes no data scope");
    TRY(db_connect(db, a));
    struct sql_prepared *p;
    struct sql_arg values[SQL_MAX_PARAMS];
    *lost = CR_SERVER_GONE_ERROR;
    TRY(prepare(db, a, s, scope ? scope->scope->kind : SCOPE_NONE, &p));
    *lost = 0;
    TRY(bind_args(a, p, args, scope ? scope->scope : NULL, values));
    if (mysql_stmt_execute(p->stmt)) {
        *lost = mysql_stmt_errno(p->stmt);
        return stmt_fail(db, a, p);
    }
    *out = p;
    return NULL;
}

/* Outside a transaction a statement that met a restarted server is sent once more: "gone" (2006) means it was
 * not executed; a connection lost during execution (2013) may have been, so only reads are repeated then. */
static struct error *run(struct db *db, struct arena *a, const struct sql_stmt *s, const struct sql_arg *args, bool reads,
                         struct sql_prepared **out)
{
    bool fresh = !db->mysql, in_tx = db->in_tx;
    unsigned lost = 0;
    struct error *e = run_once(db, a, s, args, out, &lost);
    if (!e || fresh || in_tx || db->mysql || !(lost == CR_SERVER_GONE_ERROR || (reads && db_lost(lost))))
        return e;
    return run_once(db, a, s, args, out, &lost);
}

struct error *db_exec(struct db *db, struct arena *a, const struct sql_stmt *s, const struct sql_arg *args, uint64_t *affected)
{
    struct sql_prepared *p;
    TRY(run(db, a, s, args, false, &p));
    if (affected)
        *affected = mysql_stmt_affected_rows(p->stmt);
    return NULL;
}

struct error *db_query(struct db *db, struct arena *a, const struct sql_stmt *s, const struct sql_arg *args, struct rows *out)
{
    struct sql_prepared *p;
    TRY(run(db, a, s, args, true, &p));
    if (mysql_stmt_store_result(p->stmt))
        return stmt_fail(db, a, p);
    *out = (struct rows){.db = db, .arena = a, .st = p, .open = true};
    return NULL;
}

/* A cell longer than its buffer: a larger buffer, kept for the next rows, and the value fetched again. */
static bool grow_cell(struct sql_prepared *p, unsigned i)
{
    struct sql_cell *c = &p->cells[i];
    char *larger = realloc(c->v.text, c->length + 1);
    if (!larger)
        abort();
    c->v.text = larger;
    c->room = c->length + 1;
    MYSQL_BIND b;
    bind_cell(&b, c);
    return mysql_stmt_fetch_column(p->stmt, &b, i, 0) == 0;
}

static void rebind(struct sql_prepared *p)
{
    MYSQL_BIND binds[SQL_MAX_COLUMNS];
    for (unsigned i = 0; i < p->columns; i++)
        bind_cell(&binds[i], &p->cells[i]);
    mysql_stmt_bind_result(p->stmt, binds);
}

bool rows_next(struct rows *r)
{
    if (!r->open)
        return false;
    struct sql_prepared *p = r->st;
    int rc = mysql_stmt_fetch(p->stmt);
    if (rc == MYSQL_NO_DATA || (rc && rc != MYSQL_DATA_TRUNCATED)) {
        if (rc != MYSQL_NO_DATA)
            r->error = stmt_fail(r->db, r->arena, p);
        r->open = false;
        if (r->db->mysql)
            mysql_stmt_free_result(p->stmt);
        return false;
    }
    if (rc == 0)
        return true;
    bool grown = false;
    for (unsigned i = 0; i < p->columns; i++)
        if (p->cells[i].kind == CELL_TEXT && !p->cells[i].null && p->cells[i].length > p->cells[i].room)
            grown = grow_cell(p, i) || grown;
    if (grown)
        rebind(p);
    return true;
}

struct error *rows_end(struct rows *r)
{
    if (r->open && r->db->mysql)
        mysql_stmt_free_result(r->st->stmt);
    r->open = false;
    return r->error;
}

bool row_null(const struct rows *r, unsigned col)
{
    return r->st->cells[col].null;
}

int64_t row_int(const struct rows *r, unsigned col)
{
    const struct sql_cell *c = &r->st->cells[col];
    if (c->null)
        return 0;
    if (c->kind == CELL_INT)
        return c->v.i;
    if (c->kind == CELL_REAL)
        return (int64_t)c->v.d;
    int64_t v = 0;
    if (c->kind == CELL_TEXT)
        str_i64((struct str){c->v.text, c->length}, &v);
    return v;
}

double row_real(const struct rows *r, unsigned col)
{
    const struct sql_cell *c = &r->st->cells[col];
    if (c->null)
        return 0;
    if (c->kind != CELL_TEXT)
        return c->kind == CELL_REAL ? c->v.d : (double)row_int(r, col);
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)c->length, c->v.text); /* DECIMAL comes as text */
    return strtod(text, NULL);
}

int64_t row_time(const struct rows *r, unsigned col)
{
    const struct sql_cell *c = &r->st->cells[col];
    if (c->null || c->kind != CELL_TIME)
        return 0;
    const MYSQL_TIME *t = &c->v.t;
    int64_t s = clock_days((int64_t)t->year, t->month, t->day) * 86400 + t->hour * 3600 + t->minute * 60 + t->second;
    return s * 1000000 + (int64_t)t->second_part;
}

struct str row_text(struct rows *r, unsigned col)
{
    const struct sql_cell *c = &r->st->cells[col];
    if (c->null)
        return STR("");
    switch (c->kind) {
    case CELL_TEXT:
        return (struct str){c->v.text, c->length};
    case CELL_INT:
        return str_of(arena_printf(r->arena, "%lld", c->v.i));
    case CELL_REAL:
        return str_of(arena_printf(r->arena, "%.17g", c->v.d));
    case CELL_TIME: {
        char *text = arena_alloc(r->arena, 27);
        clock_sql(row_time(r, col), text);
        return str_of(text);
    }
    }
    return STR("");
}

char *row_dup(struct rows *r, struct arena *a, unsigned col)
{
    return row_null(r, col) ? NULL : str_dup(a, row_text(r, col));
}

struct error *db_one(struct db *db, struct arena *a, const struct sql_stmt *s, const struct sql_arg *args, struct rows *out,
                     bool *found)
{
    TRY(db_query(db, a, s, args, out));
    *found = rows_next(out);
    return *found ? NULL : rows_end(out);
}

struct error *db_int(struct db *db, struct arena *a, const struct sql_stmt *s, const struct sql_arg *args, int64_t missing,
                     int64_t *out)
{
    struct rows r;
    bool found;
    TRY(db_one(db, a, s, args, &r, &found));
    *out = found && !row_null(&r, 0) ? row_int(&r, 0) : missing;
    return found ? rows_end(&r) : NULL;
}

/* ---- array binding ---- */
struct many {
    MYSQL_BIND binds[SQL_MAX_PARAMS];
    struct arena *a;
    size_t n;
};

static void bind_texts(struct many *m, MYSQL_BIND *b, const struct str *v, bool bytes)
{
    const char **p = arena_array(m->a, m->n, sizeof *p);
    unsigned long *len = arena_array(m->a, m->n, sizeof *len);
    char *ind = arena_array(m->a, m->n, 1);
    for (size_t i = 0; i < m->n; i++) {
        p[i] = v[i].p ? v[i].p : "";
        len[i] = v[i].n;
        ind[i] = v[i].p ? STMT_INDICATOR_NONE : STMT_INDICATOR_NULL;
    }
    *b = (MYSQL_BIND){.buffer_type = bytes ? MYSQL_TYPE_BLOB : MYSQL_TYPE_STRING, .buffer = (void *)p, .length = len};
    b->u.indicator = ind;
}

/* A text that is no UUID goes as it is, for the server to refuse. */
static void bind_uuids(struct many *m, MYSQL_BIND *b, const struct str *v)
{
    struct str *raw = arena_array(m->a, m->n, sizeof *raw);
    unsigned char(*bytes)[16] = arena_alloc(m->a, m->n * sizeof *bytes);
    for (size_t i = 0; i < m->n; i++)
        raw[i] = v[i].p && id_bytes(v[i], bytes[i]) ? (struct str){(const char *)bytes[i], sizeof bytes[i]} : v[i];
    bind_texts(m, b, raw, true);
}

static void bind_ints(struct many *m, MYSQL_BIND *b, const int64_t *v, const bool *nulls)
{
    long long *p = arena_array(m->a, m->n, sizeof *p);
    char *ind = arena_array(m->a, m->n, 1);
    for (size_t i = 0; i < m->n; i++) {
        p[i] = v[i];
        ind[i] = nulls && nulls[i] ? STMT_INDICATOR_NULL : STMT_INDICATOR_NONE;
    }
    *b = (MYSQL_BIND){.buffer_type = MYSQL_TYPE_LONGLONG, .buffer = p};
    b->u.indicator = ind;
}

static void bind_same(struct many *m, MYSQL_BIND *b, const struct sql_arg *c)
{
    if (c->type == SQL_INT) {
        int64_t *v = arena_array(m->a, m->n, sizeof *v);
        for (size_t i = 0; i < m->n; i++)
            v[i] = c->i;
        bind_ints(m, b, v, NULL);
        return;
    }
    struct str *v = arena_array(m->a, m->n, sizeof *v);
    for (size_t i = 0; i < m->n; i++)
        v[i] = c->type == SQL_NULL ? (struct str){NULL, 0} : c->text;
    bind_texts(m, b, v, c->type == SQL_BYTES);
}

static bool bind_column(struct many *m, MYSQL_BIND *b, const char *name, const struct sql_column *columns)
{
    for (const struct sql_column *c = columns; c->type != SQL_END; c++) {
        if (!same_name(c->name, name))
            continue;
        if (c->type == SQL_UUID)
            bind_uuids(m, b, c->text);
        else if (c->text)
            bind_texts(m, b, c->text, c->type == SQL_BYTES);
        else if (c->ints)
            bind_ints(m, b, c->ints, c->nulls);
        else
            bind_same(m, b, &c->constant);
        return true;
    }
    return false;
}

struct error *db_exec_many(struct db *db, struct arena *a, const struct sql_stmt *s, size_t n, const struct sql_column *columns,
                           uint64_t *affected)
{
    if (affected)
        *affected = 0;
    if (!n)
        return NULL;
    TRY(db_connect(db, a));
    struct sql_prepared *p;
    TRY(prepare(db, a, s, SCOPE_NONE, &p));
    struct many *m = arena_zalloc(a, sizeof *m);
    *m = (struct many){.a = a, .n = n};
    for (unsigned i = 0; i < p->params; i++)
        if (!bind_column(m, &m->binds[i], p->name[i], columns))
            return error_new(a, ERR_INTERNAL, "%s: no column for :%s", s->name, p->name[i]);
    unsigned size = (unsigned)n;
    mysql_stmt_attr_set(p->stmt, STMT_ATTR_ARRAY_SIZE, &size);
    mysql_stmt_bind_param(p->stmt, m->binds);
    int failed = mysql_stmt_execute(p->stmt);
    struct error *e = failed ? stmt_fail(db, a, p) : NULL;
    if (!e && affected)
        *affected = mysql_stmt_affected_rows(p->stmt);
    if (db->mysql) { /* the same statement may be used for single rows next */
        size = 0;
        mysql_stmt_attr_set(p->stmt, STMT_ATTR_ARRAY_SIZE, &size);
    }
    return e;
}

/* Writers for make bench: threads that change states in transactions of prepared statements, each on records of its own, with or
 * without the rows of history, audit and outbox beside them. One line on stdout: transactions a second.
 *     writers PLAN.json WITH
 * PLAN: {socket, user, password, db, writers, each, records, insert: {TABLE: {sql, own, values: [null | text | {hex}]}}}; WITH is 0 or 1. */
#include <jansson.h>
#include <mysql.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { VALUES_MAX = 64, RECORDS_MAX = 16, ID = 36 };
enum { T_DISPATCHES, T_TASKS, T_TIMELINE, T_AUDIT, T_OUTBOX, TABLES };
static const char *const table_name[TABLES] = {"dispatches", "tasks", "warning_timeline", "audit_log", "outbox"};

struct insert {
    const char *sql;
    unsigned own, n; /* own: values that come first, from the writer */
    const char *value[VALUES_MAX];
    unsigned long length[VALUES_MAX];
    bool bytes[VALUES_MAX];
};
static struct insert inserts[TABLES];
static const char *socket_path, *user, *password, *database;
static int writers, each, records;
static bool beside;
static pthread_barrier_t ready, done;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "writers: %s: %s\n", what, why);
    _exit(1);
}

/* Ordered by time, as the platform's own; one of a kind in all runs of a machine. */
static void new_id(char out[ID + 1], unsigned number, unsigned *count)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    unsigned long long ms = (unsigned long long)t.tv_sec * 1000 + (unsigned long long)t.tv_nsec / 1000000;
    char text[64];
    ++*count;
    snprintf(text, sizeof text, "%08llx-%04llx-7%03x-8%03x-%07x%05x", ms >> 16 & 0xffffffff, ms & 0xffff, number & 0xfff,
             *count & 0xfff, *count & 0xfffffff, (unsigned)getpid() & 0xfffff);
    memcpy(out, text, ID);
    out[ID] = '\0';
}

struct statement {
    MYSQL_STMT *st;
    MYSQL_BIND bind[VALUES_MAX];
    unsigned long length[VALUES_MAX];
};

static void prepare(MYSQL *m, const char *sql, struct statement *s)
{
    s->st = mysql_stmt_init(m);
    if (!s->st || mysql_stmt_prepare(s->st, sql, strlen(sql)))
        die(sql, mysql_error(m));
}

static void put(struct statement *s, unsigned i, const char *text)
{
    static my_bool yes = 1;
    s->length[i] = text ? strlen(text) : 0;
    s->bind[i] = (MYSQL_BIND){.buffer_type = text ? MYSQL_TYPE_STRING : MYSQL_TYPE_NULL,
                              .buffer_length = s->length[i],
                              .length = &s->length[i],
                              .is_null = text ? NULL : &yes};
    memcpy(&s->bind[i].buffer, &text, sizeof text); /* the library only reads it */
}

static void run(struct statement *s, unsigned long long rows)
{
    if (mysql_stmt_bind_param(s->st, s->bind) || mysql_stmt_execute(s->st))
        die("a statement", mysql_stmt_error(s->st));
    if (rows && mysql_stmt_affected_rows(s->st) != rows)
        die("a state change", "was lost");
}

static void prepare_insert(MYSQL *m, int table, struct statement *s)
{
    const struct insert *x = &inserts[table];
    prepare(m, x->sql, s);
    for (unsigned i = 0; i < x->n; i++) {
        put(s, x->own + i, x->value[i]);
        s->length[x->own + i] = s->bind[x->own + i].buffer_length = x->length[i];
        if (x->bytes[i])
            s->bind[x->own + i].buffer_type = MYSQL_TYPE_BLOB;
    }
}

struct writer {
    MYSQL *m;
    struct statement read, change, close, insert[TABLES];
    char state[32], version[24], id[RECORDS_MAX][ID + 1], segment[ID + 1];
    unsigned long state_length, version_length;
    int step[RECORDS_MAX];
    unsigned number, count;
};

static void query(struct writer *w, const char *sql)
{
    if (mysql_real_query(w->m, sql, strlen(sql)))
        die(sql, mysql_error(w->m));
}

static void read_record(struct writer *w, const char *id)
{
    MYSQL_BIND out[2] = {
        {.buffer_type = MYSQL_TYPE_STRING, .buffer = w->state, .buffer_length = sizeof w->state - 1, .length = &w->state_length},
        {.buffer_type = MYSQL_TYPE_STRING,
         .buffer = w->version,
         .buffer_length = sizeof w->version - 1,
         .length = &w->version_length}};
    put(&w->read, 0, id);
    run(&w->read, 0);
    if (mysql_stmt_bind_result(w->read.st, out) || mysql_stmt_fetch(w->read.st) != 0)
        die("a record", "is not there");
    w->state[w->state_length] = w->version[w->version_length] = '\0';
    mysql_stmt_free_result(w->read.st);
}

static void one(struct writer *w, int i)
{
    int record = i % records;
    char fresh[4][ID + 1], old_key[80], step[24], n[24];
    const char *id = w->id[record];
    for (int k = 0; k < 4; k++)
        new_id(fresh[k], w->number, &w->count);
    query(w, "BEGIN");
    read_record(w, id);
    put(&w->change, 0, strcmp(w->state, "handling") == 0 ? "reviewing" : "handling");
    put(&w->change, 1, id);
    put(&w->change, 2, w->state);
    put(&w->change, 3, w->version);
    run(&w->change, 1);
    snprintf(old_key, sizeof old_key, "%s:s%d", id, w->step[record]);
    put(&w->close, 0, old_key);
    run(&w->close, 1);
    snprintf(step, sizeof step, "s%d", i);
    put(&w->insert[T_TASKS], 0, fresh[0]);
    put(&w->insert[T_TASKS], 1, id);
    put(&w->insert[T_TASKS], 2, step);
    run(&w->insert[T_TASKS], 1);
    w->step[record] = i;
    if (beside) {
        put(&w->insert[T_TIMELINE], 0, fresh[1]);
        put(&w->insert[T_TIMELINE], 1, id);
        run(&w->insert[T_TIMELINE], 1);
        snprintf(n, sizeof n, "%d", i);
        put(&w->insert[T_AUDIT], 0, fresh[2]);
        put(&w->insert[T_AUDIT], 1, w->segment);
        put(&w->insert[T_AUDIT], 2, n);
        run(&w->insert[T_AUDIT], 1);
        put(&w->insert[T_OUTBOX], 0, fresh[3]);
        put(&w->insert[T_OUTBOX], 1, NULL);
        run(&w->insert[T_OUTBOX], 1);
    }
    query(w, "COMMIT");
}

static void begin(struct writer *w)
{
    char other[ID + 1];
    w->m = mysql_init(NULL);
    if (!w->m || !mysql_real_connect(w->m, NULL, user, password, database, 0, socket_path, 0))
        die("connect", mysql_error(w->m));
    query(w, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"); /* as the platform's own connections */
    prepare(w->m, "SELECT state, version FROM bench_w_dispatches WHERE id = ?", &w->read);
    prepare(
        w->m,
        "UPDATE bench_w_dispatches SET state = ?, version = version + 1, updated_at = UTC_TIMESTAMP(6) WHERE id = ? AND state = ? AND version = ?",
        &w->change);
    prepare(w->m, "UPDATE bench_w_tasks SET state = 'done', outcome = 'sign', closed_at = UTC_TIMESTAMP(6) WHERE open_key = ?",
            &w->close);
    for (int t = 0; t < TABLES; t++)
        prepare_insert(w->m, t, &w->insert[t]);
    new_id(w->segment, w->number, &w->count);
    for (int i = 0; i < records; i++) {
        new_id(w->id[i], w->number, &w->count);
        new_id(other, w->number, &w->count);
        put(&w->insert[T_DISPATCHES], 0, w->id[i]);
        put(&w->insert[T_DISPATCHES], 1, other);
        run(&w->insert[T_DISPATCHES], 1);
        new_id(other, w->number, &w->count);
        w->step[i] = -1;
        put(&w->insert[T_TASKS], 0, other);
        put(&w->insert[T_TASKS], 1, w->id[i]);
        put(&w->insert[T_TASKS], 2, "s-1");
        run(&w->insert[T_TASKS], 1);
    }
}

static void *work(void *number)
{
    struct writer *w = calloc(1, sizeof *w);
    w->number = (unsigned)(size_t)number;
    begin(w);
    pthread_barrier_wait(&ready);
    for (int i = 0; i < each; i++)
        one(w, i);
    pthread_barrier_wait(&done);
    mysql_close(w->m);
    free(w);
    return NULL;
}

static void read_insert(json_t *o, struct insert *x)
{
    json_t *v;
    size_t i;
    x->sql = json_string_value(json_object_get(o, "sql"));
    x->own = (unsigned)json_integer_value(json_object_get(o, "own"));
    json_array_foreach(json_object_get(o, "values"), i, v) {
        const char *hex = json_string_value(json_object_get(v, "hex"));
        if (i + x->own >= VALUES_MAX)
            die("the plan", "a row is too wide");
        x->value[i] = json_string_value(v);
        x->length[i] = json_string_length(v);
        if (hex) {
            unsigned char *bytes = malloc(strlen(hex) / 2 + 1);
            for (size_t k = 0; hex[k] && hex[k + 1]; k += 2)
                sscanf(hex + k, "%2hhx", &bytes[k / 2]);
            x->value[i] = (const char *)bytes;
            x->length[i] = strlen(hex) / 2;
            x->bytes[i] = true;
        }
        x->n++;
    }
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    json_t *plan = argc == 3 ? json_load_file(argv[1], 0, NULL) : NULL;
    if (!plan)
        die("usage", "writers PLAN.json 0|1");
    socket_path = json_string_value(json_object_get(plan, "socket"));
    user = json_string_value(json_object_get(plan, "user"));
    password = json_string_value(json_object_get(plan, "password"));
    database = json_string_value(json_object_get(plan, "db"));
    writers = (int)json_integer_value(json_object_get(plan, "writers"));
    each = (int)json_integer_value(json_object_get(plan, "each"));
    records = (int)json_integer_value(json_object_get(plan, "records"));
    beside = argv[2][0] == '1';
    if (records > RECORDS_MAX)
        die("the plan", "too many records");
    for (int t = 0; t < TABLES; t++)
        read_insert(json_object_get(json_object_get(plan, "insert"), table_name[t]), &inserts[t]);
    if (mysql_library_init(0, NULL, NULL))
        die("mysql", "no library");
    pthread_barrier_init(&ready, NULL, (unsigned)writers + 1);
    pthread_barrier_init(&done, NULL, (unsigned)writers + 1);
    pthread_t *threads = calloc((size_t)writers, sizeof *threads);
    for (int i = 0; i < writers; i++)
        pthread_create(&threads[i], NULL, work, (void *)(size_t)i);
    pthread_barrier_wait(&ready);
    double began = now();
    pthread_barrier_wait(&done);
    printf("%.1f\n", writers * each / (now() - began));
    for (int i = 0; i < writers; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

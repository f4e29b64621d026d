#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "kernel/clock.h"
#include "kernel/crypto.h"
#include "kernel/log.h"
#include "main/migrate.h"

enum { MAX_FILES = 1000, FILE_MAX = 1 << 20, LEASE_SECONDS = 120, WAIT_SECONDS = 60 };

/* These three statements need tables that only exist after bootstrap(). */
SQL(migration_get_sql, "SELECT digest FROM schema_migrations WHERE name = :name");
SQL(migration_put_sql, "INSERT INTO schema_migrations (name, digest, applied_at) VALUES (:name, :digest, :now)");
SQL(migration_count_sql, "SELECT COUNT(*) FROM schema_migrations");
SQL(schema_lock_take_sql, "UPDATE schema_lock SET holder = :holder, until_at = :until WHERE id = 1 AND "
                          "(holder = :holder OR until_at < :now)");
SQL(schema_lock_drop_sql, "UPDATE schema_lock SET until_at = :now WHERE id = 1 AND holder = :holder");

static struct error *bootstrap(struct services *s, struct arena *a)
{
    TRY(db_script(s->db, a,
                  "CREATE TABLE IF NOT EXISTS schema_migrations (name VARCHAR(120) NOT NULL PRIMARY KEY, "
                  "digest BINARY(32) NOT NULL, applied_at DATETIME(6) NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"));
    TRY(db_script(s->db, a,
                  "CREATE TABLE IF NOT EXISTS schema_lock (id TINYINT NOT NULL PRIMARY KEY, holder VARCHAR(64) NOT NULL, "
                  "until_at DATETIME(6) NOT NULL) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"));
    return db_script(s->db, a, "INSERT IGNORE INTO schema_lock VALUES (1, '', '2000-01-01')");
}

static int is_migration(const struct dirent *d)
{
    struct str name = str_of(d->d_name);
    return name.n > 8 && name.p[0] >= '0' && name.p[0] <= '9' && str_ends(name, STR(".sql"));
}

static size_t list_files(struct services *s, struct arena *a, const char **names)
{
    struct dirent **found = NULL;
    int n = scandir(s->config->migrations_dir, &found, is_migration, alphasort);
    size_t count = 0;
    for (int i = 0; i < n; i++) {
        if (count < MAX_FILES)
            names[count++] = arena_strdup(a, found[i]->d_name);
        free(found[i]);
    }
    free(found);
    return count;
}

static struct error *read_file(struct services *s, struct arena *a, const char *name, struct str *out)
{
    const char *path = arena_printf(a, "%s/%s", s->config->migrations_dir, name);
    FILE *f = fopen(path, "rbe");
    if (!f)
        return error_new(a, ERR_INTERNAL, "%s cannot be read", path);
    char *text = arena_alloc(a, FILE_MAX + 1);
    size_t n = fread(text, 1, FILE_MAX + 1, f);
    fclose(f);
    if (n > FILE_MAX)
        return error_new(a, ERR_INTERNAL, "%s is larger than %d bytes", path, FILE_MAX);
    text[n] = '\0';
    *out = (struct str){text, n};
    return NULL;
}

/* A statement ends with ; at the end of a line; lines that begin with -- are comments. */
static struct error *run_statements(struct services *s, struct arena *a, const char *name, struct str text)
{
    struct buf b = buf_new(a, text.n + 1, FILE_MAX);
    while (text.n) {
        struct str line = str_cut(&text, '\n');
        if (str_starts(str_trim(line), STR("--")))
            continue;
        buf_str(&b, line);
        buf_c(&b, '\n');
        if (!str_ends(str_trim(line), STR(";")))
            continue;
        struct error *e = db_script(s->db, a, buf_done(&b).p);
        if (e) {
            e->field = name;
            return e;
        }
        b.n = 0;
    }
    return str_trim((struct str){b.p, b.n}).n ? error_new(a, ERR_INTERNAL, "%s ends inside a statement", name) : NULL;
}

static struct error *apply_one(struct services *s, struct arena *a, const char *name, int *applied)
{
    struct str text;
    unsigned char digest[32];
    struct rows rows;
    bool done;
    TRY(read_file(s, a, name, &text));
    sha256(text.p, text.n, digest);
    TRY(db_one(s->db, a, &migration_get_sql, ARGS(A_Z("name", name)), &rows, &done));
    if (done) {
        bool same = row_text(&rows, 0).n == 32 && memcmp(row_text(&rows, 0).p, digest, 32) == 0;
        TRY(rows_end(&rows));
        return same ? NULL : error_new(a, ERR_INTERNAL, "%s was changed after it was applied", name);
    }
    TRY(run_statements(s, a, name, text));
    TRY(db_exec(s->db, a, &migration_put_sql,
                ARGS(A_Z("name", name), A_BYTES("digest", digest, 32), A_TIME(a, "now", clock_now_us())), NULL));
    log_info("migrate", "%s", name);
    (*applied)++;
    return NULL;
}

static struct error *take_lock(struct services *s, struct arena *a)
{
    for (int i = 0; i < WAIT_SECONDS * 5; i++) {
        int64_t now = clock_now_us();
        uint64_t n;
        TRY(db_exec(s->db, a, &schema_lock_take_sql,
                    ARGS(A_Z("holder", s->holder), A_TIME(a, "now", now), A_TIME(a, "until", now + LEASE_SECONDS * 1000000LL)),
                    &n));
        if (n)
            return NULL;
        nanosleep(&(struct timespec){.tv_nsec = 200000000}, NULL);
    }
    return error_new(a, ERR_UNAVAILABLE, "another process is migrating");
}

struct error *migrate_apply(struct services *s, struct arena *a, int *applied)
{
    const char **names = arena_array(a, MAX_FILES, sizeof *names);
    size_t n = list_files(s, a, names);
    *applied = 0;
    if (!n)
        return error_new(a, ERR_INTERNAL, "no migrations in %s", s->config->migrations_dir);
    TRY(bootstrap(s, a));
    TRY(take_lock(s, a));
    struct error *e = NULL;
    for (size_t i = 0; i < n && !e; i++)
        e = apply_one(s, a, names[i], applied);
    struct error *unlock =
        db_exec(s->db, a, &schema_lock_drop_sql, ARGS(A_Z("holder", s->holder), A_TIME(a, "now", clock_now_us())), NULL);
    return e ? e : unlock;
}

struct error *migrate_is_current(struct services *s, struct arena *a, bool *out)
{
    const char **names = arena_array(a, MAX_FILES, sizeof *names);
    int64_t applied;
    TRY(db_int(s->db, a, &migration_count_sql, NO_ARGS, 0, &applied));
    *out = applied >= (int64_t)list_files(s, a, names);
    return NULL;
}

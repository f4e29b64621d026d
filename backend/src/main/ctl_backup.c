/* A backup is a directory: database.sql.zst, files/, keys/, seals.log, and manifest.json, which is written last: without it the
 * backup is not whole. The dump is one snapshot (--single-transaction); files are addressed by their content and never change,
 * so those that are copied after the dump are at least the ones that it names. */
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zstd.h>

#include "json/read.h"
#include "kernel/clock.h"
#include "kernel/crypto.h"
#include "main/command.h"
#include "main/ctl_store.h"

enum { PIECE = 1 << 17, LEVEL = 6, MANIFEST_MAX = 64 * 1024 };
#define DUMP "database.sql.zst"

static struct error *failed(struct arena *a, const char *what, const char *path)
{
    return error_new(a, ERR_INTERNAL, "%s %s: %s", what, path, strerror(errno));
}

/* ---- the tool of the database: fd is its standard output, or with `in` its input ---- */
static struct error *tool_start(struct command_call *c, char *const argv[], bool in, pid_t *pid, int *fd)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return failed(c->a, "cannot open a pipe for", argv[0]);
    *pid = fork();
    if (*pid == 0) {
        dup2(ends[in ? 0 : 1], in ? 0 : 1);
        if (c->app->config.db_password[0])
            setenv("MYSQL_PWD", c->app->config.db_password, 1);
        execvp(argv[0], argv);
        fprintf(stderr, "%s cannot be started\n", argv[0]);
        _exit(127);
    }
    close(ends[in ? 0 : 1]);
    *fd = ends[in ? 1 : 0];
    return *pid > 0 ? NULL : failed(c->a, "cannot start", argv[0]);
}

static struct error *tool_end(struct command_call *c, const char *name, pid_t pid, int fd)
{
    int status = 0;
    close(fd);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? NULL
                                                         : error_new(c->a, ERR_INTERNAL, "%s ended with an error; see above", name);
}

/* ---- packing and unpacking; the digest is of what lies in the file ---- */
static struct error *pack(struct arena *a, int from, FILE *to, const char *path, unsigned char digest[32], int64_t *bytes)
{
    char *in = arena_alloc(a, PIECE), *out = arena_alloc(a, PIECE);
    ZSTD_CCtx *z = ZSTD_createCCtx();
    struct digest d;
    ssize_t n = 1;
    digest_begin(&d, DIGEST_SHA256);
    ZSTD_CCtx_setParameter(z, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
    bool sound = true;
    for (*bytes = 0; sound && n > 0;) {
        n = read(from, in, PIECE);
        if (n < 0 && errno == EINTR) {
            n = 1;
            continue;
        }
        ZSTD_inBuffer src = {in, n > 0 ? (size_t)n : 0, 0};
        size_t left;
        do {
            ZSTD_outBuffer dst = {out, PIECE, 0};
            left = ZSTD_compressStream2(z, &dst, &src, n > 0 ? ZSTD_e_continue : ZSTD_e_end);
            sound = !ZSTD_isError(left) && fwrite(out, 1, dst.pos, to) == dst.pos;
            digest_add(&d, out, dst.pos);
            *bytes += (int64_t)dst.pos;
        } while (sound && (src.pos < src.size || (n <= 0 && left)));
    }
    ZSTD_freeCCtx(z);
    digest_end(&d, digest);
    return sound && n == 0 ? NULL : failed(a, "cannot write", path);
}

static struct error *unpack(struct arena *a, FILE *from, int to, const char *path)
{
    char *in = arena_alloc(a, PIECE), *out = arena_alloc(a, PIECE);
    ZSTD_DCtx *z = ZSTD_createDCtx();
    size_t n, left = 1;
    bool sound = true;
    while (sound && (n = fread(in, 1, PIECE, from)) > 0) {
        ZSTD_inBuffer src = {in, n, 0};
        while (sound && src.pos < src.size) {
            ZSTD_outBuffer dst = {out, PIECE, 0};
            left = ZSTD_decompressStream(z, &dst, &src);
            sound = !ZSTD_isError(left);
            for (size_t at = 0; sound && at < dst.pos;) {
                ssize_t w = write(to, out + at, dst.pos - at);
                sound = w > 0 || (w < 0 && errno == EINTR);
                at += w > 0 ? (size_t)w : 0;
            }
        }
    }
    ZSTD_freeDCtx(z);
    return sound && left == 0 ? NULL : error_new(a, ERR_INTERNAL, "%s is damaged, or the database did not take it", path);
}

/* ---- copying trees ---- */
static struct copying {
    struct arena *a;
    const char *from, *to;
    int64_t files, bytes;
    struct error *error;
} copying;

static struct error *copy_file(struct arena *a, const char *from, const char *to, int64_t bytes)
{
    const char *part = arena_printf(a, "%s.part", to);
    int in = open(from, O_RDONLY | O_CLOEXEC), out = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool sound = in >= 0 && out >= 0;
    for (int64_t left = bytes; sound && left > 0;) {
        ssize_t n = copy_file_range(in, NULL, out, NULL, (size_t)left, 0);
        sound = n > 0 || (n < 0 && errno == EINTR);
        left -= n > 0 ? n : 0;
    }
    sound = sound && fsync(out) == 0 && rename(part, to) == 0;
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    return sound ? NULL : failed(a, "cannot copy to", to);
}

static int copy_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
    (void)where;
    struct arena_mark mark = arena_mark(copying.a);
    const char *to = arena_printf(copying.a, "%s%s", copying.to, path + strlen(copying.from));
    struct stat there;
    struct error *e = NULL;
    if (type == FTW_D && mkdir(to, 0700) != 0 && errno != EEXIST)
        e = failed(copying.a, "cannot make", to);
    if (type == FTW_F && !(stat(to, &there) == 0 && there.st_size == st->st_size)) /* by content: the same name is the same file */
        e = copy_file(copying.a, path, to, st->st_size);
    if (type == FTW_F) {
        copying.files++;
        copying.bytes += st->st_size;
    }
    copying.error = e;
    if (!e)
        arena_reset_to(copying.a, mark);
    return e != NULL;
}

static struct error *copy_tree(struct arena *a, const char *from, const char *to)
{
    copying = (struct copying){.a = a, .from = from, .to = to};
    if (access(from, R_OK) != 0)
        return failed(a, "cannot read", from);
    return nftw(from, copy_one, 16, FTW_PHYS) == 0 ? NULL : copying.error ? copying.error : failed(a, "cannot copy", from);
}

/* ---- backup ---- */
static struct error *write_manifest(struct command_call *c, const char *dir, json_t *manifest)
{
    const char *path = arena_printf(c->a, "%s/manifest.json", dir), *part = arena_printf(c->a, "%s.part", path);
    bool sound = json_dump_file(manifest, part, JSON_INDENT(2)) == 0 && rename(part, path) == 0;
    sync();
    return sound ? NULL : failed(c->a, "cannot write", path);
}

static struct error *dump(struct command_call *c, const char *dir, json_t *manifest)
{
    const struct config *k = &c->app->config;
    char *const argv[] = {arena_strdup(c->a, "mariadb-dump"),
                          arena_printf(c->a, "--socket=%s", k->db_socket),
                          arena_printf(c->a, "--user=%s", k->db_user),
                          arena_strdup(c->a, "--single-transaction"),
                          arena_strdup(c->a, "--quick"),
                          arena_strdup(c->a, "--hex-blob"),
                          arena_strdup(c->a, "--no-tablespaces"),
                          arena_strdup(c->a, "--default-character-set=utf8mb4"),
                          arena_strdup(c->a, k->db_name),
                          NULL};
    const char *path = arena_printf(c->a, "%s/" DUMP, dir);
    unsigned char digest[32];
    char hex[65];
    int64_t bytes;
    pid_t pid;
    int fd;
    FILE *to = fopen(path, "wbe");
    if (!to)
        return failed(c->a, "cannot write", path);
    TRY(tool_start(c, argv, false, &pid, &fd));
    struct error *packed = pack(c->a, fd, to, path, digest, &bytes), *ended = tool_end(c, argv[0], pid, fd);
    bool kept = fflush(to) == 0 && fsync(fileno(to)) == 0;
    fclose(to);
    TRY(packed ? packed : ended);
    hex_encode(digest, 32, hex);
    json_object_set_new(manifest, "database", json_pack("{s:s,s:I,s:s}", "file", DUMP, "bytes", (json_int_t)bytes, "sha256", hex));
    return kept ? NULL : failed(c->a, "cannot write", path);
}

static struct error *backup_run(struct command_call *c)
{
    const char *dir = command_argument(c, 0), *seals = arena_printf(c->a, "%s/audit/seals.log", c->app->config.state_dir);
    char now[40];
    struct stat st;
    if (!dir)
        return error_field(c->a, ERR_INVALID, "DIR", "required", "say where");
    if (mkdir(dir, 0700) != 0)
        return failed(c->a, "a backup needs a directory of its own that is not there yet:", dir);
    clock_rfc3339(clock_now_us(), now);
    json_t *manifest = json_pack("{s:i,s:s,s:s}", "version", 1, "at", now, "installation_id", c->app->config.installation_id);
    if (stat(seals, &st) == 0)
        TRY(copy_file(c->a, seals, arena_printf(c->a, "%s/seals.log", dir), st.st_size));
    TRY(dump(c, dir, manifest));
    TRY(copy_tree(c->a, c->app->config.files_dir, arena_printf(c->a, "%s/files", dir)));
    json_object_set_new(manifest, "files",
                        json_pack("{s:I,s:I}", "count", (json_int_t)copying.files, "bytes", (json_int_t)copying.bytes));
    bool keys = !command_flag(c, "--without-keys");
    if (keys)
        TRY(copy_tree(c->a, command_keys_dir(c), arena_printf(c->a, "%s/keys", dir)));
    json_object_set_new(manifest, "keys", json_boolean(keys));
    TRY(write_manifest(c, dir, manifest));
    json_dumpf(manifest, stdout, JSON_COMPACT);
    putchar('\n');
    json_decref(manifest);
    return NULL;
}
COMMAND(backup, .words = "backup", .arguments = "DIR [--without-keys]",
        .help = "write everything that a restore needs into a new directory", .run = backup_run,
        .details =
            "The platform goes on meanwhile. DIR has the dump of the database, the files, the keys and manifest.json, which is\n"
            "written last: without it the backup is not whole. With the keys whoever has DIR reads every secret: keep it closed,\n"
            "or use --without-keys and keep STATE/keys elsewhere; without them secrets cannot be opened again.",
        .examples = "  tongchou-ctl --config FILE backup /backup/$(date +%F)\n");

/* ---- restore ---- */
static struct error *read_manifest(struct command_call *c, const char *dir, json_t **out)
{
    const char *path = arena_printf(c->a, "%s/manifest.json", dir);
    char *text = arena_alloc(c->a, MANIFEST_MAX);
    FILE *f = fopen(path, "rbe");
    if (!f)
        return error_new(c->a, ERR_INVALID, "%s is not there: the backup is not whole", path);
    size_t n = fread(text, 1, MANIFEST_MAX, f);
    fclose(f);
    TRY(json_read(c->a, (struct str){text, n}, 8, out));
    return json_integer_value(json_object_get(*out, "version")) == 1
               ? NULL
               : error_new(c->a, ERR_INVALID, "%s is of another version", path);
}

static struct error *check_dump(struct command_call *c, const char *path, json_t *manifest)
{
    char *piece = arena_alloc(c->a, PIECE), hex[65];
    unsigned char got[32];
    struct digest d;
    size_t n;
    FILE *f = fopen(path, "rbe");
    if (!f)
        return failed(c->a, "cannot read", path);
    digest_begin(&d, DIGEST_SHA256);
    while ((n = fread(piece, 1, PIECE, f)) > 0)
        digest_add(&d, piece, n);
    digest_end(&d, got);
    fclose(f);
    hex_encode(got, 32, hex);
    const char *want = json_string_value(json_object_get(json_object_get(manifest, "database"), "sha256"));
    return want && strcmp(want, hex) == 0 ? NULL : error_new(c->a, ERR_INVALID, "%s is not what the manifest says", path);
}

static struct error *load(struct command_call *c, const char *path)
{
    const struct config *k = &c->app->config;
    char *const argv[] = {arena_strdup(c->a, "mariadb"),
                          arena_printf(c->a, "--socket=%s", k->db_socket),
                          arena_printf(c->a, "--user=%s", k->db_user),
                          arena_strdup(c->a, "--default-character-set=utf8mb4"),
                          arena_strdup(c->a, k->db_name),
                          NULL};
    pid_t pid;
    int fd;
    FILE *from = fopen(path, "rbe");
    if (!from)
        return failed(c->a, "cannot read", path);
    TRY(tool_start(c, argv, true, &pid, &fd));
    struct error *unpacked = unpack(c->a, from, fd, path), *ended = tool_end(c, argv[0], pid, fd);
    fclose(from);
    return unpacked ? unpacked : ended;
}

static struct error *in_use(struct command_call *c, bool force)
{
    int64_t accounts, running;
    struct error *e = ctl_in_use(c->s->db, c->a, &accounts, &running);
    if (e) /* no tables yet: nothing that could be lost */
        return db_ping(c->s->db, c->a);
    if (running)
        return error_new(c->a, ERR_CONFLICT, "workers are running: stop API and workers first, and wait half a minute");
    return accounts && !force
               ? error_new(c->a, ERR_CONFLICT, "the database has %lld accounts; --force takes the backup's place for it",
                           (long long)accounts)
               : NULL;
}

static struct error *restore_run(struct command_call *c)
{
    const char *dir = command_argument(c, 0), *state = c->app->config.state_dir;
    json_t *manifest;
    struct stat st;
    if (!dir)
        return error_field(c->a, ERR_INVALID, "DIR", "required", "say which backup");
    const char *path = arena_printf(c->a, "%s/" DUMP, dir), *seals = arena_printf(c->a, "%s/seals.log", dir);
    TRY(read_manifest(c, dir, &manifest));
    TRY(check_dump(c, path, manifest));
    TRY(in_use(c, command_flag(c, "--force")));
    signal(SIGPIPE, SIG_IGN);
    TRY(load(c, path));
    TRY(copy_tree(c->a, arena_printf(c->a, "%s/files", dir), c->app->config.files_dir));
    int64_t files = copying.files;
    if (json_is_true(json_object_get(manifest, "keys"))) {
        const char *keys = command_keys_dir(c), *before = arena_printf(c->a, "%s.before-%lld", keys, (long long)clock_now_us());
        if (rename(keys, before) != 0 && errno != ENOENT)
            return failed(c->a, "cannot set aside", keys);
        TRY(copy_tree(c->a, arena_printf(c->a, "%s/keys", dir), keys));
    }
    if (stat(seals, &st) == 0) {
        mkdir(arena_printf(c->a, "%s/audit", state), 0700);
        TRY(copy_file(c->a, seals, arena_printf(c->a, "%s/audit/seals.log", state), st.st_size));
    }
    printf("{\"restored\":\"%s\",\"files\":%lld}\n", json_string_value(json_object_get(manifest, "at")), (long long)files);
    return NULL;
}
COMMAND(restore, .words = "restore", .arguments = "DIR [--force]",
        .help = "make the platform what it was when the backup was taken", .run = restore_run,
        .details =
            "API and workers are stopped. The backup is checked before anything is touched. Keys that are there are set aside\n"
            "(keys.before-N). Afterwards: migrate, start, audit verify. Both Redis may be empty: they hold nothing that is lost.",
        .examples = "  tongchou-ctl --config FILE restore /backup/2026-11-27\n");

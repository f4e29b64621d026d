/* Files by content: SHA-256 names the bytes, a row says whose they are. Bytes are written once (temporary file, fsync,
 * link, fsync of the directory) before the row is; a rolled back row leaves bytes that the sweeper takes after a day. */
#ifndef FILES_FILES_H
#define FILES_FILES_H

#include "http/request.h"
#include "http/services.h"

enum { FILE_ORPHAN_HOURS = 24 };

/* Whether a file of this size is taken for the use; ERR_TOO_LARGE with the limit in MB. */
enum file_use { FILE_ATTACHMENT, FILE_SHEET, FILE_SCAN, FILE_USES };
struct error *files_fit(struct request *r, enum file_use use, uint64_t bytes) MUST_CHECK;
/* Stores an upload's bytes; sha256_hex gets 65 bytes. May run again. */
struct error *files_keep(struct services *s, struct arena *a, const struct upload *up, char sha256_hex[65]) MUST_CHECK;
/* The same for a file that this process made at `path` (same file system); bytes may be NULL. */
struct error *files_keep_path(struct services *s, struct arena *a, const char *path, char sha256_hex[65],
                              uint64_t *bytes) MUST_CHECK;
/* SHA-256 and size of a file; bytes may be NULL. */
struct error *files_digest(struct arena *a, const char *path, char sha256_hex[65], uint64_t *bytes) MUST_CHECK;
/* Where the bytes lie. */
const char *files_path(struct services *s, struct arena *a, const char *sha256_hex);
/* The bytes on this host, fetched from another one of the platform where they are not here. ERR_UNAVAILABLE when none gives them. */
struct error *files_here(struct services *s, struct arena *a, const char *sha256_hex) MUST_CHECK;
/* reply_file with bytes that may lie elsewhere, and are still those that were stored (ERR_FILE_ALTERED, and a notice, when not). */
struct error *file_reply(struct request *r, const char *sha256_hex, const char *name, const char *type) MUST_CHECK;
/* The row of kept bytes, in the caller's transaction. */
struct new_file {
    const char *sha256_hex, *name, *media_type, *use;
    const char *subject_kind, *subject_id; /* NULL: the caller's own until a record takes it */
    const char *created_by;
    uint64_t bytes;
};
struct error *files_insert(struct services *s, struct arena *a, const char *id, const struct new_file *f,
                           const struct org_stamp *org) MUST_CHECK;
/* Takes a row out in the caller's transaction, and its bytes when no other row names them. */
struct error *files_drop(struct services *s, struct arena *a, const char *id, const char *sha256_hex) MUST_CHECK;
/* Ties uploaded files to a record: only the caller's own that belong to nothing yet (or to this record). Others of the
 * record that are not in the list are let go. bad: the first that cannot be used, or NULL. */
struct error *file_attach(struct request *r, const char *subject_kind, const char *subject_id, json_t *ids,
                          const char **bad) MUST_CHECK;
/* The record's files as a member of its answer: id, name, bytes, media_type of at most 50. */
struct error *file_list_put(struct request *r, const char *key, const char *subject_kind, struct str subject_id) MUST_CHECK;
/* By content; "application/octet-stream" when it cannot be told. */
const char *files_media_type(struct arena *a, const char *path);

/* Refuses what no record takes: programs (by content), and what the virus scanner of the installation finds. Without a scanner
 * nothing is scanned; with one that does not answer nothing is taken (ERR_UNAVAILABLE). */
struct error *files_admit(struct services *s, struct arena *a, const char *path, const char **media_type) MUST_CHECK;

/* Who else may read the files of a kind of record than those whose scope holds them:
 *     FILE_SUBJECT(warning, warning_file_readable); */
struct file_subject {
    const char *kind;
    struct error *(*may_read)(struct request *r, const char *subject_id, bool *out);
};
#define FILE_SUBJECT(id, function)                                                                                          \
    static const struct file_subject id##_files = {#id, function};                                                          \
    static const struct file_subject *const id##_files_registered __attribute__((section("file_subject_registry"), used)) = \
        &id##_files

#endif

/* Settings of one installation: a text file of `key = value` lines; # begins a comment line.
 * An unknown, repeated or missing key, or a value outside its range, is an error that names the key. */
#ifndef KERNEL_CONFIG_H
#define KERNEL_CONFIG_H

#include <stdint.h>

#include "kernel/error.h"

struct config {
    const char *installation_id;                                                         /* 8 hexadecimal digits */
    const char *state_dir, *share_dir, *migrations_dir, *openapi, *web_root, *files_dir; /* absolute paths */
    const char *base_url;                                                                /* "https://host[:port]" without a path */
    const char *db_socket, *db_name, *db_user, *db_password;
    const char *redis_cache, *redis_queue; /* socket paths */
    const char *api_socket, *slow_socket;
    int64_t api_children, slow_children;                          /* 1-256 */
    int64_t workers;                                              /* 1-64 */
    int64_t person_rate, person_burst, client_rate, client_burst; /* requests a second of one account; rate 0: unlimited */
    int64_t keep_event_days, keep_key_days, keep_file_days;       /* events (0: for ever), their keys, files of jobs */
    int64_t reserve_mb;                                           /* of the disk; below it nothing is written (kernel/room.h) */
    const char *log_level;                                        /* debug, info, warn, error */
    const char *tz;                                               /* IANA name */
    const char *host;                                             /* this host's name among those of the platform */
    const char *file_peers;      /* the internal interfaces of the others: "b=http://10.0.0.2:8081, ..."; may be empty */
    const char *clamd_socket;    /* of the virus scanner; empty: none */
    const char *trusted_proxies; /* addresses and prefixes, separated by commas; may be empty */
};

/* Texts live in the arena. The file has at most 64 KiB and 500 lines. */
struct error *config_load(struct arena *a, const char *path, struct config *out) MUST_CHECK;

#endif

/* Logs: one JSON object per line on standard error, each line one write(2).
 * Whatever is logged is escaped: quotes, control characters (also C1), line separators, bytes that are not UTF-8.
 * A line is at most 8 KiB; a longer message is cut. Never log secrets or personal data. */
#ifndef KERNEL_LOG_H
#define KERNEL_LOG_H

#include <stddef.h>
#include <stdint.h>

#include "kernel/str.h"

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARN, LOG_LEVEL_ERROR };

/* "debug", "info", "warn" or "error"; false for anything else. */
bool log_set_level(const char *name);
/* Carried by every line until the next call; NULL for none. The text is copied (64 bytes). */
void log_set_request(const char *request_id);
/* That text, "" for none: so that work which goes on in another process carries it. */
const char *log_request(void);

/* area names the part ("sql", "worker"); the message is printf-formatted. */
void log_debug(const char *area, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_info(const char *area, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_warn(const char *area, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_error(const char *area, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* One line per request, at level info. principal and address may be empty. */
void log_access(const char *request_id, struct str method, struct str route, int status, size_t bytes, int64_t micros,
                const char *principal, struct str address);

#endif

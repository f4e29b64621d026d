/* String formats: those of JSON Schema that are used, and the field's own. */
#ifndef JSON_FORMAT_H
#define JSON_FORMAT_H

#include <stdbool.h>

#include "kernel/str.h"

typedef bool (*format_check)(struct str);
/* NULL when the format is not known. Known: date, date-time, email, uri, uuid, ipv4, ipv6, hostname, ip, cidr, ip-range, mac,
 * port, domain, uscc (GB 32100-2015), phone. */
format_check format_by_name(const char *name);

#endif

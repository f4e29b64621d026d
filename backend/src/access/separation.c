#include "access/separation.h"

#include <stddef.h>
#include <string.h>

/* The permission of exactly one administrator. */
static const struct {
    const char *permission, *kind;
} owned[] = {
    {"user.write", "system"},       {"client.write", "system"},         {"realm.write", "system"},      {"sector.write", "system"},
    {"notify.write", "system"},     {"responsibility.write", "system"}, {"job.write", "system"},        {"user.grant", "security"},
    {"role.write", "security"},     {"form.write", "system"},           {"dictionary.write", "system"}, {"flow.write", "system"},
    {"calendar.write", "system"},   {"setting.write", "system"},        {"policy.write", "security"},   {"audit.read", "audit"},
    {"work_order.write", "system"}, {"audit_purge.ask", "system"},      {"audit_purge.decide", "audit"}};

/* Nobody administers what he does business with. */
static const char *const business[] = {"asset.", "warning.", "dispatch.", "task.", "event.", "discovery."};

bool separation_allows(const char *admin_kind, const char *permission)
{
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        if (strcmp(owned[i].permission, permission) == 0)
            return strcmp(owned[i].kind, admin_kind) == 0;
    if (strcmp(admin_kind, "none") == 0)
        return true;
    for (size_t i = 0; i < sizeof business / sizeof *business; i++)
        if (strncmp(business[i], permission, strlen(business[i])) == 0)
            return false;
    return true;
}

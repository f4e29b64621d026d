/* How large a file may be, by what it is for: settings of the installation within the bounds of the contract. */
#include "files/files.h"
#include "settings/setting.h"

enum { MEGABYTE = 1 << 20 };

static const struct setting attachment = {.name = "file.attachment_mb",
                                          .group = SETTINGS_GENERAL,
                                          .label_zh = "附件大小上限",
                                          .label_en = "An attachment has at most",
                                          .help_zh = "预警、反馈和表单中的文件",
                                          .help_en = "files of warnings, feedback and forms",
                                          .unit = "megabytes",
                                          .shipped = 512,
                                          .least = 1,
                                          .most = 512,
                                          .order = 60},
                            sheet = {.name = "file.sheet_mb",
                                     .group = SETTINGS_GENERAL,
                                     .label_zh = "导入表格大小上限",
                                     .label_en = "A sheet to import has at most",
                                     .unit = "megabytes",
                                     .shipped = 64,
                                     .least = 1,
                                     .most = 64,
                                     .order = 61},
                            scan = {.name = "file.scan_mb",
                                    .group = SETTINGS_GENERAL,
                                    .label_zh = "探测结果大小上限",
                                    .label_en = "A scan to import has at most",
                                    .unit = "megabytes",
                                    .shipped = 64,
                                    .least = 1,
                                    .most = 64,
                                    .order = 62};
SETTING(attachment);
SETTING(sheet);
SETTING(scan);
static const struct setting *const limits[FILE_USES] = {
    [FILE_ATTACHMENT] = &attachment, [FILE_SHEET] = &sheet, [FILE_SCAN] = &scan};

struct error *files_fit(struct request *r, enum file_use use, uint64_t bytes)
{
    int64_t most;
    TRY(setting_get(r->services, r->arena, limits[use], &most));
    if (bytes <= (uint64_t)most * MEGABYTE)
        return NULL;
    struct error *e = error_field(r->arena, ERR_TOO_LARGE, "file", "max_bytes", "at most %lld MB here", (long long)most);
    e->params = arena_printf(r->arena, "{\"limit\":%lld}", (long long)most);
    return e;
}

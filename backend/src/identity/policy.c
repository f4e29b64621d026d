#include "identity/policy.h"

#include "settings/setting.h"

static const struct setting idle = {.name = "session.idle_minutes",
                                    .group = SETTINGS_SIGN_IN,
                                    .label_zh = "空闲多久自动退出",
                                    .label_en = "Signed out after being idle for",
                                    .unit = "minutes",
                                    .shipped = 30,
                                    .least = 5,
                                    .most = 480,
                                    .order = 10},
                            hours = {.name = "session.hours",
                                     .group = SETTINGS_SIGN_IN,
                                     .label_zh = "单次登录最长时间",
                                     .label_en = "A sign-in lasts at most",
                                     .unit = "hours",
                                     .shipped = 12,
                                     .least = 1,
                                     .most = 24,
                                     .order = 11},
                            failures = {.name = "login.failures",
                                        .group = SETTINGS_SIGN_IN,
                                        .label_zh = "连续输错几次锁定",
                                        .label_en = "Locked after so many wrong passwords",
                                        .help_zh = "15 分钟内",
                                        .help_en = "within 15 minutes",
                                        .unit = "times",
                                        .shipped = 5,
                                        .least = 3,
                                        .most = 20,
                                        .order = 20},
                            lock = {.name = "login.lock_minutes",
                                    .group = SETTINGS_SIGN_IN,
                                    .label_zh = "锁定时长",
                                    .label_en = "Locked for",
                                    .unit = "minutes",
                                    .shipped = 30,
                                    .least = 5,
                                    .most = 1440,
                                    .order = 21},
                            least = {.name = "password.least",
                                     .group = SETTINGS_SIGN_IN,
                                     .label_zh = "密码最短长度",
                                     .label_en = "Shortest password",
                                     .help_zh = "并须含大写、小写、数字、符号中的至少三种",
                                     .help_en = "with at least three of lower case, upper case, digits and signs",
                                     .unit = "characters",
                                     .shipped = 12,
                                     .least = 8,
                                     .most = 64,
                                     .order = 30},
                            history = {.name = "password.history",
                                       .group = SETTINGS_SIGN_IN,
                                       .label_zh = "不得与最近几次密码相同",
                                       .label_en = "Not one of the last",
                                       .help_zh = "0 表示不限",
                                       .help_en = "0: no limit",
                                       .unit = "times",
                                       .shipped = 5,
                                       .least = 0,
                                       .most = 12,
                                       .order = 31},
                            days = {.name = "password.days",
                                    .group = SETTINGS_SIGN_IN,
                                    .label_zh = "密码有效期",
                                    .label_en = "A password is good for",
                                    .help_zh = "到期后须先改密码；0 表示不过期",
                                    .help_en = "after that it is changed first; 0: for ever",
                                    .unit = "days",
                                    .shipped = 90,
                                    .least = 0,
                                    .most = 3650,
                                    .order = 32};
SETTING(idle);
SETTING(hours);
SETTING(failures);
SETTING(lock);
SETTING(least);
SETTING(history);
SETTING(days);

struct error *sign_in_policy(struct services *s, struct arena *a, struct sign_in_policy *out)
{
    const struct {
        const struct setting *setting;
        int64_t *value;
    } all[] = {{&idle, &out->idle_minutes}, {&hours, &out->session_hours},  {&failures, &out->failures},
               {&lock, &out->lock_minutes}, {&least, &out->password_least}, {&history, &out->password_history},
               {&days, &out->password_days}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        TRY(setting_get(s, a, all[i].setting, all[i].value));
    return NULL;
}

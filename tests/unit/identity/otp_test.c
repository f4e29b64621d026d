/* One-time codes against the vectors of RFC 6238, and what does not count as one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "identity/otp.h"

static const unsigned char secret[] = "12345678901234567890";

static void vectors(void **state)
{
    static const struct {
        int64_t at;
        const char *code;
    } cases[] = {{59, "287082"},         {1111111109, "081804"}, {1111111111, "050471"},
                 {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char code[OTP_DIGITS + 1];
        int64_t step;
        otp_code(secret, cases[i].at / OTP_STEP_SECONDS, code);
        assert_string_equal(code, cases[i].code);
        assert_true(otp_fits(secret, str_of(cases[i].code), cases[i].at, 0, &step));
        assert_int_equal(step, cases[i].at / OTP_STEP_SECONDS);
    }
}

static void a_step_of_drift_and_no_replay(void **state)
{
    char code[OTP_DIGITS + 1];
    int64_t now = 1234567890, step;
    (void)state;
    otp_code(secret, now / OTP_STEP_SECONDS, code);
    assert_true(otp_fits(secret, str_of(code), now + OTP_STEP_SECONDS, 0, &step));
    assert_true(otp_fits(secret, str_of(code), now - OTP_STEP_SECONDS, 0, &step));
    assert_false(otp_fits(secret, str_of(code), now + 2 * OTP_STEP_SECONDS, 0, &step));
    assert_false(otp_fits(secret, str_of(code), now - 2 * OTP_STEP_SECONDS, 0, &step));
    assert_false(otp_fits(secret, str_of(code), now, now / OTP_STEP_SECONDS, &step));
    assert_false(otp_fits(secret, STR(""), now, 0, &step));
    assert_false(otp_fits(secret, STR("00592"), now, 0, &step));
    assert_false(otp_fits(secret, STR("0059244"), now, 0, &step));
}

static void secrets_as_text(void **state)
{
    char text[OTP_TEXT + 1];
    unsigned char back[OTP_BYTES];
    (void)state;
    otp_secret_text(secret, text);
    assert_string_equal(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    assert_true(otp_secret_read(str_of(text), back));
    assert_memory_equal(back, secret, OTP_BYTES);
    assert_false(otp_secret_read(STR("gezdgnbvgy3tqojqgezdgnbvgy3tqojq"), back));
    assert_false(otp_secret_read(STR("GEZDGNBVGY3TQOJQ"), back));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(vectors), cmocka_unit_test(a_step_of_drift_and_no_replay),
                                       cmocka_unit_test(secrets_as_text)};
    return cmocka_run_group_tests_name("identity/otp", tests, NULL, NULL);
}

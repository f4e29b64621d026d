/* Known answers of the algorithms, the layout of sealed values, key files, passwords. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <fcntl.h>
#include <unistd.h>

#include "kernel/crypto.h"

static struct arena *A;
static char root[64], dir[80];

static int begin(void **state)
{
    (void)state;
    A = arena_new(64 << 20);
    snprintf(root, sizeof root, "/tmp/keys-test.XXXXXX");
    assert_non_null(mkdtemp(root));
    snprintf(dir, sizeof dir, "%s/keys", root);
    char run[80];
    snprintf(run, sizeof run, "%s/run", root);
    assert_int_equal(mkdir(run, 0700), 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    static const char *const names[] = {"keys/secret.key",    "keys/index.key",     "keys/audit.key",
                                        "keys/audit-sm2.pem", "keys/jwt-es256.pem", "run/argon.0",
                                        "run/argon.1",        "run/argon.2",        "run/argon.3"};
    char path[200];
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "%s/%s", root, names[i]);
        unlink(path);
    }
    snprintf(path, sizeof path, "%s/run", root);
    rmdir(path);
    rmdir(dir);
    assert_int_equal(rmdir(root), 0); /* nothing else was left behind */
    arena_free(A);
    return 0;
}

static void assert_hex(const unsigned char *got, size_t n, const char *want)
{
    char text[2 * 64 + 1];
    hex_encode(got, n, text);
    assert_string_equal(text, want);
}

static void digests(void **state)
{
    (void)state;
    unsigned char d[DIGEST_BYTES];
    char abcd[64];
    for (size_t i = 0; i < sizeof abcd; i++)
        abcd[i] = "abcd"[i % 4];
    sm3("abc", 3, d); /* GB/T 32905, example 1 */
    assert_hex(d, 32, "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    sm3(abcd, sizeof abcd, d); /* example 2 */
    assert_hex(d, 32, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
    sha256("abc", 3, d);
    assert_hex(d, 32, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    struct digest s;
    digest_begin(&s, DIGEST_SM3);
    digest_add(&s, abcd, 7);
    digest_add(&s, abcd + 7, sizeof abcd - 7);
    digest_end(&s, d);
    assert_hex(d, 32, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732");
}

static void mac(void **state)
{
    (void)state;
    unsigned char key[32], d[DIGEST_BYTES], again[DIGEST_BYTES];
    for (unsigned i = 0; i < sizeof key; i++)
        key[i] = (unsigned char)(i + 1);
    const char *text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"
                       "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
    struct mac_key k;
    mac_key_new(A, key, sizeof key, &k);
    hmac_sm3(&k, text, strlen(text), d); /* GB/T 15852.2, annex B */
    assert_hex(d, 32, "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a");
    const struct str parts[] = {{text, 5}, {"", 0}, {text + 5, strlen(text) - 5}};
    hmac_sm3_parts(&k, parts, 3, again);
    assert_memory_equal(d, again, 32);
}

/* SM4-CTR of draft-ribose-cfrg-sm4, example 1: its first key-stream block, and our padding under it. */
static void sm4_known_answer(void **state)
{
    (void)state;
    struct keys k = {.secret_count = 1};
    unsigned char sealed[66], stream[16], key[32] = {7};
    assert_true(hex_decode(STR("0123456789abcdeffedcba9876543210"), k.secret[0].sm4, 16));
    assert_true(hex_decode(STR("ac3236cb970cc20791364c395a1342d1"), stream, 16));
    k.secret[0].id = 9;
    mac_key_new(A, key, sizeof key, &k.secret[0].mac);
    sealed[0] = 1;
    sealed[1] = 9;
    for (unsigned i = 0; i < 16; i++)
        sealed[2 + i] = (unsigned char)i;
    static const unsigned char plain_block[16] = "fifteen letters\x01",
                               answer[16] = {0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa, 0xaa,
                                             0xbb, 0xbb, 0xbb, 0xbb, 0xbb, 0xbb, 0xbb, 0xbb};
    for (unsigned i = 0; i < 16; i++)
        sealed[18 + i] = stream[i] ^ answer[i] ^ plain_block[i];
    const struct str parts[] = {{"\0\0\0\1c", 5}, {(const char *)sealed, 34}};
    hmac_sm3_parts(&k.secret[0].mac, parts, 2, sealed + 34);
    struct str out;
    assert_null(secret_get(&k, A, "c", (struct str){(const char *)sealed, sizeof sealed}, &out));
    assert_true(str_is(out, "fifteen letters"));
}

static struct keys load(void)
{
    struct keys k;
    struct error *e = keys_init(A, dir);
    if (!e)
        e = keys_load(A, dir, &k);
    if (e)
        fail_msg("%s: %s", e->field, e->detail);
    return k;
}

static void secrets(void **state)
{
    (void)state;
    struct keys k = load();
    struct str one, two, out;
    for (size_t n = 0; n < 50; n++) {
        char *text = arena_alloc(A, n + 1);
        random_bytes(text, n + 1);
        assert_null(secret_put(&k, A, "people.mobile", (struct str){text, n}, &one));
        assert_true(one.n <= n + SECRET_OVERHEAD);
        assert_null(secret_get(&k, A, "people.mobile", one, &out));
        assert_true(str_eq(out, (struct str){text, n}));
    }
    assert_null(secret_put(&k, A, "people.mobile", STR("13800000000"), &one));
    assert_null(secret_put(&k, A, "people.mobile", STR("13800000000"), &two));
    assert_false(str_eq(one, two)); /* fresh nonce */
    assert_null(memmem(one.p, one.n, "138000", 6));
    assert_non_null(secret_get(&k, A, "people.email", one, &out)); /* another column */
    for (size_t cut = 0; cut < one.n; cut++)
        assert_non_null(secret_get(&k, A, "people.mobile", (struct str){one.p, cut}, &out));
    for (size_t bit = 0; bit < one.n * 8; bit++) {
        char *bad = str_dup(A, one);
        bad[bit / 8] = (char)(bad[bit / 8] ^ 1 << bit % 8);
        assert_non_null(secret_get(&k, A, "people.mobile", (struct str){bad, one.n}, &out));
    }
    unsigned char a[BLIND_BYTES], b[BLIND_BYTES];
    blind_index(&k, "people.mobile", STR("13800000000"), a);
    blind_index(&k, "people.mobile", STR("13800000000"), b);
    assert_memory_equal(a, b, sizeof a);
    blind_index(&k, "people.phone", STR("13800000000"), b);
    assert_memory_not_equal(a, b, sizeof a);
}

static void rotation(void **state)
{
    (void)state;
    struct keys k = load(), newer;
    struct str old, fresh, out;
    assert_null(secret_put(&k, A, "c", STR("old"), &old));
    assert_null(keys_rotate_secret(A, dir));
    assert_null(keys_load(A, dir, &newer));
    assert_int_equal(newer.secret_count, 2);
    assert_null(secret_get(&newer, A, "c", old, &out));
    assert_true(str_is(out, "old"));
    assert_false(secret_is_current(&newer, old));
    assert_null(secret_put(&newer, A, "c", STR("new"), &fresh));
    assert_true(secret_is_current(&newer, fresh));
    assert_non_null(secret_get(&k, A, "c", fresh, &out)); /* the old set does not know the new key */
    unsigned char before[BLIND_BYTES], after[BLIND_BYTES];
    blind_index(&k, "c", STR("x"), before);
    blind_index(&newer, "c", STR("x"), after);
    assert_memory_equal(before, after, sizeof before);
}

static void refuse(const char *name, const char *text, mode_t mode)
{
    char path[160];
    struct keys k;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    FILE *f = fopen(path, "r");
    char kept[4096];
    size_t n = fread(kept, 1, sizeof kept, f);
    fclose(f);
    if (text) {
        f = fopen(path, "w");
        fputs(text, f);
        fclose(f);
    }
    assert_int_equal(chmod(path, mode), 0);
    struct error *e = keys_load(A, dir, &k);
    assert_non_null(e);
    assert_string_equal(e->field, path); /* the message names the file */
    f = fopen(path, "w");
    fwrite(kept, 1, n, f);
    fclose(f);
    chmod(path, 0600);
    assert_null(keys_load(A, dir, &k));
}

static void key_files(void **state)
{
    (void)state;
    load();
    static const char *const names[] = {"secret.key", "index.key", "audit.key", "audit-sm2.pem", "jwt-es256.pem"};
    for (size_t i = 0; i < 5; i++) {
        refuse(names[i], NULL, 0644);
        refuse(names[i], NULL, 0640);
        refuse(names[i], "", 0600);
        refuse(names[i], "1 00ff\n", 0600);
    }
    refuse("audit.key",
           "1 0000000000000000000000000000000000000000000000000000000000000000\n"
           "1 0000000000000000000000000000000000000000000000000000000000000001\n",
           0600);
    char path[160];
    struct keys k;
    snprintf(path, sizeof path, "%s/index.key", dir);
    unlink(path);
    assert_non_null(keys_load(A, dir, &k));
    struct stat before, after;
    snprintf(path, sizeof path, "%s/secret.key", dir);
    assert_int_equal(stat(path, &before), 0);
    load(); /* makes what is missing, and leaves the rest */
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    assert_int_equal(after.st_mode & 0777, 0600);
}

static void signatures(void **state)
{
    (void)state;
    struct keys k = load();
    unsigned char s[SM2_SIGNATURE_MAX];
    size_t n;
    assert_null(sm2_sign(A, k.audit_sm2_pem, "root", 4, s, &n));
    assert_true(sm2_verify(k.audit_sm2_public_pem, "root", 4, s, n));
    assert_false(sm2_verify(k.audit_sm2_public_pem, "rooT", 4, s, n));
    assert_false(sm2_verify(k.audit_sm2_public_pem, "root", 4, s, n - 1));
    assert_false(sm2_verify(k.jwt_es256_public_pem, "root", 4, s, n));
    assert_false(sm2_verify("nonsense", "root", 4, s, n));
    char *other, *public_half;
    assert_null(sm2_generate(A, &other));
    assert_null(public_pem_of(A, other, &public_half));
    assert_false(sm2_verify(public_half, "root", 4, s, n));
    assert_non_null(sm2_sign(A, "nonsense", "root", 4, s, &n));
}

static void base64(void **state)
{
    (void)state;
    unsigned char out[64];
    char text[64];
    size_t n;
    base64_encode("fooba", 5, text); /* RFC 4648, 10 */
    assert_string_equal(text, "Zm9vYmE=");
    base64url_encode("\xfb\xff", 2, text);
    assert_string_equal(text, "-_8");
    assert_true(base64url_decode(STR("-_8"), out, sizeof out, &n));
    assert_int_equal(n, 2);
    assert_memory_equal(out, "\xfb\xff", 2);
    static const char *const bad[] = {"-_9", "-_8=", "a", "ab\ncd", "+/8"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(base64url_decode(str_of(bad[i]), out, sizeof out, &n));
    assert_true(base64_decode(STR("Zm9vYmE="), out, 5, &n));
    assert_int_equal(n, 5);
    assert_false(base64_decode(STR("Zm9vYmE="), out, 4, &n));
    assert_false(base64_decode(STR("Zm9vYmE"), out, 5, &n));
    assert_false(base64_decode(STR("Zm=vYmE="), out, 8, &n));
}

static void passwords(void **state)
{
    (void)state;
    struct keys k = load();
    char one[PASSWORD_HASH_BYTES], two[PASSWORD_HASH_BYTES];
    bool fits;
    assert_null(password_hash(&k, A, STR("correct horse 9"), one));
    assert_null(password_hash(&k, A, STR("correct horse 9"), two));
    assert_string_not_equal(one, two);
    assert_true(str_starts(str_of(one), STR("$argon2id$v=19$m=32768,t=2,p=1$")));
    assert_null(password_verify(&k, A, one, STR("correct horse 9"), &fits));
    assert_true(fits);
    assert_null(password_verify(&k, A, one, STR("correct horse 8"), &fits));
    assert_false(fits);
    assert_null(password_verify(&k, A, "not a hash", STR("x"), &fits));
    assert_false(fits);
    assert_false(password_needs_rehash(one));
    assert_true(password_needs_rehash("$argon2id$v=19$m=8192,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$"
                                      "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI"));
}

static void password_slots(void **state)
{
    (void)state;
    struct keys k = load();
    char hash[PASSWORD_HASH_BYTES], path[120];
    int fd[4];
    for (int i = 0; i < 4; i++) {
        snprintf(path, sizeof path, "%s/run/argon.%d", root, i);
        fd[i] = open(path, O_RDWR | O_CREAT, 0600);
        assert_int_equal(flock(fd[i], LOCK_EX), 0);
    }
    struct error *e = password_hash(&k, A, STR("x"), hash);
    assert_non_null(e);
    assert_int_equal(e->code, ERR_UNAVAILABLE);
    assert_true(e->retry_after > 0);
    close(fd[2]);
    assert_null(password_hash(&k, A, STR("x"), hash));
    close(fd[0]);
    close(fd[1]);
    close(fd[3]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(digests, begin, end),          cmocka_unit_test_setup_teardown(mac, begin, end),
        cmocka_unit_test_setup_teardown(sm4_known_answer, begin, end), cmocka_unit_test_setup_teardown(secrets, begin, end),
        cmocka_unit_test_setup_teardown(rotation, begin, end),         cmocka_unit_test_setup_teardown(key_files, begin, end),
        cmocka_unit_test_setup_teardown(signatures, begin, end),       cmocka_unit_test_setup_teardown(base64, begin, end),
        cmocka_unit_test_setup_teardown(passwords, begin, end),        cmocka_unit_test_setup_teardown(password_slots, begin, end),
    };
    return cmocka_run_group_tests_name("kernel/crypto", tests, NULL, NULL);
}

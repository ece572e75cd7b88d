/* SPDX-License-Identifier: Apache-2.0 */
/* Linux port: the software enclave, its root of trust, datastores in files, signatures. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/port/linux/enclave.h"
#include "agent/port/linux/psa_roots.h"
#include "agent/port/linux/store_file.h"
#include "lib/crypto/crypto.h"
#include "lib/os/file.h"
#include "tests/unit/unit.h"
#include "tests/unit/wire/vectors.h"

enum { ROOM = 4096, AES_ID = 0x00010001, PAIR_ID = 0x00010002, DATA_ID = 0x00010003 };

/* The keys under which the objects of tests/vectors were accepted by NXP's agent, a connection key
 * and a UUID of ours. */
static const char roots_text[] =
    "# a comment\n"
    "keydata 3fff0201 00 060006ff 00003c00 "
    "8bdee332fcb095bf63f2e59ed5e3489d7befaeee226d310e84e052df221a1a25\n"
    "keydata 3fff0210 01 00000000 00000001 "
    "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n"
    "keydata 3fff0211 01 04404000 00000200 "
    "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f\r\n"
    "keydata 3fff0212 01 03c00200 00000001 "
    "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f\n"
    "keydata 3fff0299 01 00000000 00000000 00\n"
    "keydata 3fff0220 40 00000000 00000000 000102030405060708090a0b0c0d0e0f";

static char dir[EG_PATH_MAX];
static struct eg_port_enclave enclave;
static uint8_t blob[ROOM];
static size_t blob_len;

static void open_enclave(void)
{
    char spec[EG_PATH_MAX + 8];
    char why[256] = "";
    (void)snprintf(spec, sizeof(spec), "psa:%s", dir);
    if (eg_port_enclave_open(spec, &enclave, why, sizeof(why)) != EG_AGENT_OK) {
        fail_msg("%s", why);
    }
}

static int start(void **state)
{
    char path[EG_PATH_MAX];
    (void)state;
    assert_ok(eg_file_make_temp_dir(NULL, "agent-test", dir, sizeof(dir)));
    assert_ok(eg_path_join(dir, "keys.txt", path, sizeof(path)));
    assert_ok(eg_file_write(path, 0600, eg_span_str(roots_text)));
    open_enclave();
    return 0;
}

/* A test that failed may have left none behind. */
static int ready(void **state)
{
    (void)state;
    if (enclave.ops == NULL) {
        open_enclave();
    }
    return 0;
}

static int stop(void **state)
{
    (void)state;
    eg_port_enclave_close(&enclave);
    assert_ok(eg_file_remove_tree(dir));
    return 0;
}

/* ---- root of trust ----------------------------------------------------------------------------
 */

static void roots_are_read(void **state)
{
    struct eg_psa_roots r;
    (void)state;
    assert_true(eg_psa_roots_parse(eg_span_str(roots_text), &r));
    assert_int_equal(r.connection[0], 0x8b);
    assert_int_equal(r.kek[31], 0x1f);
    assert_int_equal(r.data[0], 0x20);
    assert_int_equal(r.auth[31], 0x5f);
    assert_int_equal(r.uuid[15], 0x0f);
}

/* Any byte of a line of ours replaced by one that does not belong there. */
static void wrong_roots_are_refused(void **state)
{
    struct eg_psa_roots r;
    char text[sizeof(roots_text)];
    (void)state;
    for (size_t i = sizeof("# a comment\n") - 1; i < sizeof(roots_text) - 1; i++) {
        memcpy(text, roots_text, sizeof(text));
        text[i] = 'x';
        const char *line = roots_text + i;
        while (line > roots_text && line[-1] != '\n') {
            line--;
        }
        /* words 3 and 4 are for NXP's agent, 3fff0299 is nobody's */
        size_t column = (size_t)(roots_text + i - line);
        bool free = (column >= 20 && column <= 36) || strncmp(line, "keydata 3fff0299", 16) == 0;
        assert_true(!eg_psa_roots_parse(eg_span_str(text), &r) || free);
    }
    for (size_t len = 0; len < sizeof(roots_text) - 2; len++) {
        assert_false(eg_psa_roots_parse(eg_span(roots_text, len), &r));
        assert_int_equal(r.kek[31] | r.uuid[15] | r.connection[0], 0);
    }
}

/* ---- objects ----------------------------------------------------------------------------------
 */

static struct eg_agent_key vector(const char *section, uint32_t id, uint32_t type, uint32_t usage,
                                  uint32_t algorithm, uint32_t lifetime, uint32_t bits)
{
    struct vector v = vector_read("secure-object", section, "blob");
    memcpy(blob, v.bytes, v.len);
    blob_len = v.len;
    return (struct eg_agent_key){id, type, usage, algorithm, lifetime, bits, {blob, blob_len}};
}

static struct eg_agent_key aes(void)
{
    return vector("ours.aes", AES_ID, 0x2400, 0x300, 0x04C01000, 0xE0000101, 256);
}
static struct eg_agent_key pair(void)
{
    return vector("ours.ec", PAIR_ID, 0x7112, 0x1000, 0x06000609, 0xE0000101, 256);
}
static struct eg_agent_key data(void)
{
    return vector("ours.data", DATA_ID, 0x1001, 1, 0, 0xE0810101, 0x68);
}

static int32_t import(struct eg_agent_key key)
{
    return enclave.agent.import_key(&enclave, &key);
}

static int32_t destroy(uint32_t id)
{
    return enclave.agent.destroy_key(&enclave, id);
}

static void objects_of_nxp_s_agent_are_taken(void **state)
{
    uint8_t hash[32] = {1, 2, 3};
    uint8_t signature[EG_AGENT_SIGNATURE_LEN];
    uint8_t room[64];
    struct eg_writer w;
    (void)state;
    assert_int_equal(import(aes()), 0);
    assert_int_equal(import(pair()), 0);
    assert_int_equal(import(data()), 0);
    assert_int_equal(import(data()), EG_PORT_PSA_ALREADY_EXISTS);
    eg_port_enclave_close(&enclave);
    open_enclave(); /* it is all in files */
    eg_writer_init(&w, room, sizeof(room));
    assert_int_equal(enclave.ops->read(&enclave, DATA_ID, &w), 0);
    assert_int_equal(w.len, strlen("hello, device"));
    assert_memory_equal(room, "hello, device", w.len);
    assert_int_equal(enclave.ops->read(&enclave, AES_ID, &w), EG_PORT_PSA_NOT_PERMITTED);
    assert_int_equal(enclave.ops->sign_key(&enclave, PAIR_ID, hash, signature), 0);
    assert_true(enclave.ops->sign_key(&enclave, AES_ID, hash, signature) < 0);
    assert_true(enclave.ops->sign_key(&enclave, DATA_ID, hash, signature) < 0);
    struct eg_port_object list[4];
    size_t count = 0;
    assert_int_equal(enclave.ops->list(&enclave, list, 4, &count), 0);
    assert_int_equal(count, 3);
    assert_int_equal(list[1].id, PAIR_ID);
    assert_int_equal(destroy(AES_ID), 0);
    assert_int_equal(destroy(AES_ID), EG_PORT_PSA_DOES_NOT_EXIST);
    assert_int_equal(destroy(PAIR_ID), 0);
    assert_int_equal(destroy(DATA_ID), 0);
}

static void every_altered_byte_is_seen(void **state)
{
    struct eg_agent_key (*const all[])(void) = {aes, pair, data};
    (void)state;
    for (size_t k = 0; k < 3; k++) {
        struct eg_agent_key key = all[k]();
        for (size_t i = 0; i < blob_len; i++) {
            blob[i] ^= 0x04;
            int32_t st = enclave.agent.import_key(&enclave, &key);
            assert_true(st == EG_PORT_PSA_INVALID_ARGUMENT || st == EG_PORT_PSA_INVALID_SIGNATURE);
            blob[i] ^= 0x04;
        }
        for (size_t len = 0; len < blob_len; len++) {
            key.blob.len = len;
            assert_int_equal(enclave.agent.import_key(&enclave, &key),
                             EG_PORT_PSA_INVALID_ARGUMENT);
        }
        assert_int_equal(destroy(key.id), EG_PORT_PSA_DOES_NOT_EXIST);
    }
}

static void each_attribute_counts(void **state)
{
    (void)state;
    for (int which = 0; which < 6; which++) {
        struct eg_agent_key key = pair();
        uint32_t *const fields[] = {&key.id,        &key.type,     &key.usage,
                                    &key.algorithm, &key.lifetime, &key.bits};
        *fields[which] ^= 0x40;
        assert_int_equal(enclave.agent.import_key(&enclave, &key), EG_PORT_PSA_INVALID_ARGUMENT);
        *fields[which] = 0;
        int32_t st = enclave.agent.import_key(&enclave, &key);
        assert_true(st == EG_PORT_PSA_INVALID_ARGUMENT || st == EG_PORT_PSA_NOT_PERMITTED);
    }
}

static void ids_of_the_chip_are_refused(void **state)
{
    static const uint32_t ids[] = {0, 0x7FFF816C, 0x7FFF816E, 0x7FFF817A, 0x3FFF0201, 0x3FFF0212};
    (void)state;
    for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
        struct eg_agent_key key = pair();
        key.id = ids[i];
        assert_int_equal(enclave.agent.import_key(&enclave, &key), EG_PORT_PSA_NOT_PERMITTED);
        assert_int_equal(destroy(ids[i]), EG_PORT_PSA_NOT_PERMITTED);
    }
}

static void files_are_private(void **state)
{
    struct stat st;
    char path[EG_PATH_MAX];
    (void)state;
    assert_int_equal(import(aes()), 0);
    (void)snprintf(path, sizeof(path), "%.3000s/objects/%08x", dir, AES_ID);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(destroy(AES_ID), 0);
}

static void storage_objects(void **state)
{
    uint8_t room[8];
    size_t got = 9;
    (void)state;
    assert_int_equal(enclave.agent.read_object(&enclave, 5, 0, room, 8, &got),
                     EG_PORT_PSA_DOES_NOT_EXIST);
    assert_int_equal(got, 0);
    assert_int_equal(enclave.ops->write_object(&enclave, 5, eg_span_str("claim")), 0);
    assert_int_equal(enclave.agent.read_object(&enclave, 5, 1, room, 3, &got), 0);
    assert_int_equal(got, 3);
    assert_memory_equal(room, "lai", 3);
    assert_int_equal(enclave.agent.read_object(&enclave, 5, 6, room, 3, &got),
                     EG_PORT_PSA_INVALID_ARGUMENT);
    assert_int_equal(enclave.agent.remove_object(&enclave, 5), 0);
    assert_int_equal(enclave.agent.remove_object(&enclave, 5), EG_PORT_PSA_DOES_NOT_EXIST);
}

/* ---- signatures -------------------------------------------------------------------------------
 */

static void the_connection_key_signs(void **state)
{
    uint8_t point[EG_AGENT_PUBLIC_KEY_LEN];
    uint8_t hash[EG_AGENT_HASH_LEN];
    uint8_t raw[EG_AGENT_SIGNATURE_LEN];
    (void)state;
    assert_int_equal(enclave.agent.public_key(&enclave, point), EG_AGENT_OK);
    assert_int_equal(point[0], 4);
    assert_int_equal(point[1], 0x7a); /* of the vectors' second key */
    assert_int_equal(enclave.agent.hash_start(&enclave), EG_AGENT_OK);
    assert_int_equal(enclave.agent.hash_update(&enclave, (struct eg_agent_bytes){blob, 3}),
                     EG_AGENT_OK);
    assert_int_equal(enclave.agent.hash_finish(&enclave, hash), EG_AGENT_OK);
    assert_int_equal(enclave.agent.sign(&enclave, hash, raw), EG_AGENT_OK);
}

static void der_signatures_become_raw(void **state)
{
    static const uint8_t short_r[] = {0x30, 0x07, 0x02, 0x01, 0x05, 0x02, 0x02, 0x00, 0xFF};
    uint8_t raw[EG_AGENT_SIGNATURE_LEN];
    uint8_t der[sizeof(short_r)];
    (void)state;
    assert_true(eg_port_signature_raw(EG_SPAN_OF(short_r), raw));
    assert_int_equal(raw[31], 5);
    assert_int_equal(raw[63], 0xFF);
    assert_int_equal(raw[0], 0);
    for (size_t i = 0; i < 4; i++) {
        memcpy(der, short_r, sizeof(der));
        der[i] ^= 0x41;
        assert_false(eg_port_signature_raw(EG_SPAN_OF(der), raw));
    }
    for (size_t len = 0; len < sizeof(short_r); len++) {
        assert_false(eg_port_signature_raw(eg_span(short_r, len), raw));
    }
}

/* ---- datastores -------------------------------------------------------------------------------
 */

static void stores_are_two_files(void **state)
{
    struct eg_store_file s;
    uint8_t room[8];
    (void)state;
    assert_ok(eg_store_file_open(dir, "store", &s));
    const struct eg_agent_store *ops = &eg_store_file_ops;
    const struct eg_agent_bytes piece = {(const uint8_t *)"hello", 5};
    assert_int_equal(ops->write(&s, 0, 10, piece), EG_AGENT_OK);
    assert_int_equal(ops->sync(&s, 0), EG_AGENT_OK);
    assert_int_equal(ops->read(&s, 0, 12, room, 8), EG_AGENT_OK);
    assert_memory_equal(room, "llo\0\0\0\0\0", 8); /* a short file fills up with zeros */
    assert_int_equal(ops->read(&s, 1, 0, room, 8), EG_AGENT_OK);
    assert_int_equal(room[0], 0); /* the other slot */
    assert_int_equal(ops->write(&s, 0, EG_STORE_SLOT_BYTES - 4, piece), EG_AGENT_STORE);
    eg_store_file_close(&s);
    assert_ok(eg_store_file_open(dir, "store", &s));
    assert_int_equal(ops->read(&s, 0, 10, room, 5), EG_AGENT_OK);
    assert_memory_equal(room, "hello", 5);
    assert_int_equal(ops->erase(&s, 0), EG_AGENT_OK);
    assert_int_equal(ops->read(&s, 0, 10, room, 5), EG_AGENT_OK);
    assert_int_equal(room[0], 0);
    eg_store_file_close(&s);
    assert_status(eg_store_file_open("/nowhere/at/all", "store", &s), OS_FILE);
}

static void specs_that_are_none(void **state)
{
    static const char *const specs[] = {
        "", "psa:", "vchip:", "tpm:1", "psa:/nowhere/at/all", "vchip:/nowhere/at/all"};
    (void)state;
    for (size_t i = 0; i < sizeof(specs) / sizeof(specs[0]); i++) {
        struct eg_port_enclave e;
        char why[256] = "";
        assert_int_not_equal(eg_port_enclave_open(specs[i], &e, why, sizeof(why)), EG_AGENT_OK);
        assert_true(why[0] != '\0');
        eg_port_enclave_close(&e);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(roots_are_read, ready),
        cmocka_unit_test_setup(wrong_roots_are_refused, ready),
        cmocka_unit_test_setup(objects_of_nxp_s_agent_are_taken, ready),
        cmocka_unit_test_setup(every_altered_byte_is_seen, ready),
        cmocka_unit_test_setup(each_attribute_counts, ready),
        cmocka_unit_test_setup(ids_of_the_chip_are_refused, ready),
        cmocka_unit_test_setup(files_are_private, ready),
        cmocka_unit_test_setup(storage_objects, ready),
        cmocka_unit_test_setup(the_connection_key_signs, ready),
        cmocka_unit_test_setup(der_signatures_become_raw, ready),
        cmocka_unit_test_setup(stores_are_two_files, ready),
        cmocka_unit_test_setup(specs_that_are_none, ready),
    };
    return cmocka_run_group_tests(tests, start, stop);
}

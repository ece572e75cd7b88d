/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_UNIT_VCHIP_SUPPORT_H
#define EG_TESTS_UNIT_VCHIP_SUPPORT_H
/**
 * What tests of the virtual chip share: a fresh chip in a private folder, and a maker of secure
 * objects written from the specification with its own CKDF and encoder, so that the chip's code is
 * never checked against itself. Failures end the test through cmocka.
 */
#include "lib/os/family_file.h"
#include "vchip/chip_file.h"
#include "vchip/part.h"

struct eg_tc_keys {
    uint8_t kek[32], data[32], auth[32];
};

/** A chip on the table. */
struct eg_tc_bench {
    struct eg_crypto *crypto;
    struct eg_families families;
    const struct eg_family *family;
    char dir[4096];
    char path[4200];
    struct eg_uuid uuid;
    uint8_t die_key[32];
    struct eg_chip *chip;
    struct eg_part part;
};

/** Families, crypto, folder; no chip yet. */
void eg_tc_setup(struct eg_tc_bench *b, const char *family);
/** A fresh chip, opened and powered; an earlier one of this bench is thrown away. */
void eg_tc_fresh_chip(struct eg_tc_bench *b);
/** Close and open the chip's file again: what a new process sees. */
void eg_tc_reopen(struct eg_tc_bench *b);
void eg_tc_teardown(struct eg_tc_bench *b);

/** SP 800-108 CKDF, 32 bytes out. */
void eg_tc_ckdf(struct eg_crypto *c, const uint8_t parent[static 32],
                const uint8_t label[static 12], uint32_t props, uint8_t out[static 32]);
/** Import keys of the bench's chip, bound to hash (NULL: zeros) and life-cycle byte. */
void eg_tc_import_keys(const struct eg_tc_bench *b, const uint8_t *hash, uint8_t life_cycle_byte,
                       struct eg_tc_keys *out);

/** Fields of one object; encode writes them as they are, right or wrong. */
struct eg_tc_object {
    uint32_t id, alg, usage;
    uint16_t type;
    uint32_t bits, lifetime, life_cycle, wrap_id, wrap_alg, sign_id, sign_alg;
    uint32_t props; /* wrap_alg 1 */
    struct eg_span plain;
};
/** Append the sealed blob. */
void eg_tc_encode(struct eg_crypto *c, const struct eg_tc_object *o, const struct eg_tc_keys *keys,
                  struct eg_writer *w);

/* Objects as the service makes them; life_cycle 1, 2 or 4. */
struct eg_tc_object eg_tc_hash(const uint8_t hash[static 32], uint32_t life_cycle);
struct eg_tc_object eg_tc_decrypt_key(const uint8_t key[static 32], uint32_t life_cycle);
struct eg_tc_object eg_tc_config(struct eg_span config, uint32_t life_cycle);
struct eg_tc_object eg_tc_p256(uint32_t id, const uint8_t scalar[static 32], uint32_t life_cycle);
struct eg_tc_object eg_tc_aes(uint32_t id, const uint8_t key[static 32], uint32_t alg,
                              uint32_t usage, uint32_t life_cycle);
struct eg_tc_object eg_tc_file(uint32_t id, struct eg_span content, uint32_t life_cycle);

/** Lifetime and wrapping as the family's enclave wants them, instead of the S50's. */
void eg_tc_for_enclave(const struct eg_tc_bench *b, struct eg_tc_object *o);

/** A complete, good set for the family: everything the part asks for, one key pair (id 0x10000001),
 * one file (0x10000002), one AES-CTR key (0x10000003). Closes the part. Appends to w. */
void eg_tc_good_set(const struct eg_tc_bench *b, struct eg_writer *w);
/** The same with another life cycle for all objects. */
void eg_tc_set_for(const struct eg_tc_bench *b, uint32_t life_cycle, struct eg_writer *w);

extern const uint8_t eg_tc_boot_hash[32];
extern const uint8_t eg_tc_fw_key[32];
extern const uint8_t eg_tc_scalar[32];
extern const uint8_t eg_tc_aes_key[32];
extern const char eg_tc_text[31];

/** Put firmware and objects where a host would, ready for command 2 (through eg_memory_write). */
eg_status eg_tc_load(struct eg_tc_bench *b, struct eg_span objects);
/** Address word of command 2. */
uint32_t eg_tc_address(const struct eg_tc_bench *b);

#endif

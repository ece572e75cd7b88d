/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_PROV_RESULT_H
#define EG_VCHIP_PROV_RESULT_H
/**
 * Result words of the provisioning firmware, the subset of the public list that this firmware
 * reaches (docs/protocol/vchip.md, "Result words", says what each means here).
 */
#define EG_PROV_PASS                0x5A5A5A5Au
#define EG_PROV_KEY_DERIVATION      0xA500C100u
#define EG_PROV_PARSE               0xA500D001u
#define EG_PROV_VERIFY              0xA500D002u
#define EG_PROV_LIFE_CYCLE_BACK     0x7500D010u
#define EG_PROV_BOOT_KEY_HASH_FUSED 0x7500E300u
#define EG_PROV_FUSES_NOT_BLANK     0x7500E400u
#define EG_PROV_WRITE_FUSES         0x7500E500u
#define EG_PROV_OEM_KEY_TYPE        0xA50AB503u
#define EG_PROV_OEM_KEY_BITS        0xA50AB504u
#define EG_PROV_HASH_TYPE           0xA50AB505u
#define EG_PROV_HASH_BITS           0xA50AB506u
#define EG_PROV_HASH_WRAP_ALG       0xA50ABC00u
#define EG_PROV_OEM_WRAP_ALG        0xA50AB100u
#define EG_PROV_CONFIG_TYPE         0xA50AB50Au
#define EG_PROV_CONFIG_LIFE_CYCLE   0xA50AB50Bu
#define EG_PROV_CONFIG_WRAP_ALG     0xA50AB50Eu
#define EG_PROV_LESS_BLOBS          0xA50AB511u
#define EG_PROV_MEMORY_OVERFLOW     0x750AB512u
#define EG_PROV_DECRYPT             0xA50AB513u
#define EG_PROV_HASH_SIZE           0xA50AB517u
#define EG_PROV_NO_BLOB             0xA50AB518u
#define EG_PROV_LOCK_FUSE           0x750AB514u
#define EG_PROV_NO_SECURE_BOOT      0x750AB517u
#define EG_PROV_CONFIG_OVERFLOW     0x750AB519u
#define EG_PROV_LIFE_CYCLE_MIXED    0x750AB51Cu
#define EG_PROV_KEY_ID              0xA50ABF00u
#define EG_PROV_TOO_MANY            0xA500CB04u
#define EG_PROV_BAD_OBJECT          0xA500CB05u
#define EG_PROV_REWRAP              0xA500CB0Bu
#define EG_PROV_WRITE_FLASH         0xA500CB0Du
#define EG_PROV_WRONG_COMMAND       0xA500CB11u
#define EG_PROV_TOO_LARGE           0xA500CB13u
#define EG_PROV_CONTEXT             0xA500CB24u

#endif

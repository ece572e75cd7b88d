/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_AGENT_PORT_TEMPLATE_BOARD_H
#define EG_AGENT_PORT_TEMPLATE_BOARD_H
/**
 * What this template takes from a board: replace each by a call of your SDK. Nothing here is part
 * of the device library; it only shows where its operations end up on a microcontroller.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- time and chance: a timer that never goes backwards, the random number generator ----------
 */

uint64_t board_ms(void);
void board_random(uint8_t *out, size_t len);
void board_sleep_ms(uint64_t ms);

/* ---- flash: sectors that are erased whole and written once, in units ---------------------------
 */

enum { BOARD_SECTOR = 8192, BOARD_UNIT = 16 /* bytes; a power of two */ };

/** False when the controller reports a failure. Addresses are offsets into the data partition. */
bool board_flash_erase(uint32_t sector_at);
bool board_flash_write(uint32_t at, const uint8_t unit[BOARD_UNIT]);
bool board_flash_read(uint32_t at, uint8_t *out, size_t len);

/* ---- TLS: any library whose private key may be an opaque one (mbedTLS: mbedtls_pk_setup_opaque)
 * -- */

enum board_tls {
    BOARD_TLS_OK,
    BOARD_TLS_DOWN, /* no connection, or it ended */
    BOARD_TLS_TIMEOUT,
    BOARD_TLS_UNTRUSTED, /* chain or host name */
    BOARD_TLS_REVOKED,
    BOARD_TLS_BAD_CRL,
};

/** Blocks at most limit_ms. Copies what it keeps. key_id: PSA id of the connection key. */
enum board_tls board_tls_open(const char *host, uint16_t port, const uint8_t *roots,
                              size_t roots_len, const uint8_t *certificate, size_t certificate_len,
                              uint32_t key_id, uint32_t limit_ms);
/** *got = 0 with BOARD_TLS_OK: a record without data (a session ticket); call again. */
enum board_tls board_tls_read(uint8_t *out, size_t len, uint32_t limit_ms, size_t *got);
enum board_tls board_tls_write(const uint8_t *data, size_t len, uint32_t limit_ms);
enum board_tls board_tls_verify_again(const uint8_t *crl, size_t crl_len);
void board_tls_close(bool notify);

/* ---- enclave: the PSA interface, or what stands for it ------------------------------------------
 */

enum { BOARD_CONNECTION_KEY = 0x7FFF816C };

bool board_uuid(uint8_t out[16]);
bool board_public_key(uint32_t key_id, uint8_t out[65]);
bool board_sign(uint32_t key_id, const uint8_t hash[32], uint8_t out[64]);
bool board_sha256_start(void);
bool board_sha256_update(const uint8_t *data, size_t len);
bool board_sha256_finish(uint8_t out[32]);
/* PSA statuses: 0 or negative. */
int32_t board_import(uint32_t id, uint32_t type, uint32_t usage, uint32_t algorithm,
                     uint32_t lifetime, uint32_t bits, const uint8_t *blob, size_t blob_len);
int32_t board_destroy(uint32_t id);
int32_t board_its_get(uint32_t id, uint32_t offset, uint8_t *out, size_t len, size_t *got);
int32_t board_its_remove(uint32_t id);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_BENCH_SESSION_DEVICE_H
#define EG_TESTS_BENCH_SESSION_DEVICE_H
/** A simulated device for ./dev bench session: its identity and what it answers. Keeps nothing. */
#include <openssl/ssl.h>

#include "lib/base/uuid.h"
#include "lib/wire/session/session_msg.h"

struct sim_device {
    struct eg_uuid uuid;
    X509 *certificate;
    EVP_PKEY *key;
    uint8_t *claim; /* blob, or NULL */
    size_t claim_len;
    SSL_SESSION *ticket; /* of its last session, when it asks for one */
};

/**
 * Read "UUID DIE-KEY" lines (hexadecimal) and make each device's connection key and certificate.
 * claim: text of a claim code to seal for each, or NULL; claim_key: 64 bytes X || Y in hexadecimal.
 * Returns how many, 0 on failure (said on stderr). *out lives until the end of the program.
 */
size_t sim_devices_load(const char *path, const char *claim, const char *claim_key,
                        struct sim_device **out);

/**
 * Answer one message. Appends the answers to w; goodbye has none.
 * False: the message cannot be read. *out_update: what goodbye said, 0 if there was none.
 */
bool sim_device_answer(const struct sim_device *d, struct eg_span message, struct eg_writer *w,
                       uint32_t *out_update);

#endif

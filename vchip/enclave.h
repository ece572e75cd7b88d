/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_ENCLAVE_H
#define EG_VCHIP_ENCLAVE_H
/**
 * The secure enclave as the application sees it: keys and data by id, out of the re-wrapped objects
 * in flash: those of the provisioning firmware and those that the application imported itself
 * (vchip/psa.h), which count before an equal id of the firmware's. An object is found, its CMAC
 * checked, unwrapped, used and wiped on every call; its usage flags, algorithm and life cycle are
 * obeyed.
 *
 * Results are PSA status numbers. On anything but EG_PSA_SUCCESS nothing is appended to out.
 * Secret  data read out or decrypted.
 */
#include "vchip/app_store.h"
#include "vchip/blob.h"
#include "vchip/part.h"

enum eg_psa_status {
    EG_PSA_SUCCESS = 0,
    EG_PSA_GENERIC_ERROR = -132,
    EG_PSA_NOT_PERMITTED = -133,
    EG_PSA_NOT_SUPPORTED = -134,
    EG_PSA_INVALID_ARGUMENT = -135,
    EG_PSA_ALREADY_EXISTS = -139,
    EG_PSA_DOES_NOT_EXIST = -140,
    EG_PSA_INSUFFICIENT_MEMORY = -141,
    EG_PSA_INSUFFICIENT_STORAGE = -142,
    EG_PSA_COMMUNICATION_FAILURE = -145,
    EG_PSA_STORAGE_FAILURE = -146,
    EG_PSA_INVALID_SIGNATURE = -149,
};

enum {
    EG_ENCLAVE_OBJECTS_MAX = 64,
    EG_ENCLAVE_AREA_MAX = 1 << 16, /* bytes of objects back to back */
};

/** The objects in flash. The firmware's are looked for at external_address first; if none stands
 * there, at every sector start. Only objects that this chip sealed are listed. */
struct eg_enclave_view {
    uint8_t *bytes; /* heap; the firmware's objects point into it */
    size_t len;
    struct eg_app_store store; /* the application's into its bytes */
    struct eg_vblob objects[EG_ENCLAVE_OBJECTS_MAX];
    size_t count;
};
enum eg_psa_status eg_enclave_view_open(const struct eg_part *part, struct eg_enclave_view *out);
/** The object with this id; NULL: there is none. */
const struct eg_vblob *eg_enclave_view_find(const struct eg_enclave_view *view, uint32_t id);
/** Does an object with this id stand among the firmware's, whether it counts or not? */
bool eg_enclave_view_delivered(const struct eg_enclave_view *view, uint32_t id);
void eg_enclave_view_close(struct eg_enclave_view *view); /* safe on the zero state */

enum eg_enclave_cipher {
    EG_ENCLAVE_CTR,
    EG_ENCLAVE_CBC, /* no padding: whole blocks */
};

/** Sign with the natural hash of the key (lib/crypto eg_sign): needs SIGN_MESSAGE or SIGN_HASH.
 * EG_VKEY_ID_CONNECTION: the chip's own key for TLS, which is always there. */
enum eg_psa_status eg_enclave_sign(const struct eg_part *part, uint32_t id, struct eg_span message,
                                   struct eg_writer *out);
/** Sign a digest of the natural hash's length: needs SIGN_HASH. Not for Ed25519 keys. */
enum eg_psa_status eg_enclave_sign_hash(const struct eg_part *part, uint32_t id,
                                        struct eg_span digest, struct eg_writer *out);
/** DER SubjectPublicKeyInfo of a key pair, EG_VKEY_ID_CONNECTION included. */
enum eg_psa_status eg_enclave_public(const struct eg_part *part, uint32_t id,
                                     struct eg_writer *out);
/** AES; needs ENCRYPT. iv has 16 bytes. */
enum eg_psa_status eg_enclave_encrypt(const struct eg_part *part, uint32_t id,
                                      enum eg_enclave_cipher cipher, struct eg_span iv,
                                      struct eg_span data, struct eg_writer *out);
/** AES; needs DECRYPT. */
enum eg_psa_status eg_enclave_decrypt(const struct eg_part *part, uint32_t id,
                                      enum eg_enclave_cipher cipher, struct eg_span iv,
                                      struct eg_span data, struct eg_writer *out);
/** CMAC of an AES key, HMAC-SHA256 of an HMAC key; needs SIGN_MESSAGE or SIGN_HASH. */
enum eg_psa_status eg_enclave_mac(const struct eg_part *part, uint32_t id, struct eg_span message,
                                  struct eg_writer *out);
/** Data, certificates and keys whose usage says EXPORT and that are not bound to the enclave. */
enum eg_psa_status eg_enclave_read(const struct eg_part *part, uint32_t id, struct eg_writer *out);

#endif

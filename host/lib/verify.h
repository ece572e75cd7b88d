/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_LIB_VERIFY_H
#define EG_HOST_LIB_VERIFY_H
/**
 * Does the chip hold what was issued, and can it use it? Asked through the application on the chip:
 *   key pair     signs a random message; checked with the public key in the certificate just issued
 *                (or the one the service names when no certificate was made over it)
 *   certificate  read back, equal to the issued one, and its chain verifies up to a self-signed CA
 *   other        present under its id (secret keys say nothing more to a host)
 * Objects that go to fuses or the IFR are the firmware's to report and are not asked for.
 *
 * Errors
 *   HOST_VERIFY_SIGNATURE  a key pair signs with another key than the certified one
 *   HOST_VERIFY_CERT       the chip holds another certificate than the issued one
 *   HOST_VERIFY_CHAIN      the certificate does not verify up to a self-signed CA
 *   HOST_VERIFY_MISSING    an object is not there
 *   those of host/lib/app_socket.h and, for chains, host/lib/service.h
 */
#include "host/lib/app_socket.h"
#include "host/lib/objects.h"
#include "host/lib/service.h"
#include "lib/crypto/x509.h"

struct eg_verified {
    uint32_t keys, certificates, present; /* how many of each kind were found right */
};

/** Check all objects; *why names the object that is wrong. */
EG_MUST_USE eg_status eg_verify_chip(struct eg_app *app, const struct eg_service *service,
                                     const struct eg_objects *objects, struct eg_crypto *crypto,
                                     struct eg_verified *out, struct eg_problem *why);

/**
 * leaf verifies through the certificates of chain_pem (issuer first) up to a self-signed one.
 * HOST_VERIFY_CHAIN.
 */
EG_MUST_USE eg_status eg_verify_chain(struct eg_crypto *crypto, struct eg_span leaf,
                                      struct eg_span chain_pem);

#endif

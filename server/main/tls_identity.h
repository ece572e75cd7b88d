/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_MAIN_TLS_IDENTITY_H
#define EG_SERVER_MAIN_TLS_IDENTITY_H
/**
 * Who the service is towards its clients: a small CA of its own and a server certificate from it,
 * for localhost, 127.0.0.1, ::1 and the host name. In the folder `tls`:
 *   ca.pem      what clients trust; stays the same when the server certificate is renewed
 *   ca.key      0600; only to renew
 *   server.pem  server certificate, then the CA
 *   server.key  0600
 * Put other files there (without ca.key) to use a certificate of your own.
 */
#include "lib/os/file.h"

struct eg_tls_identity {
    struct eg_file_bytes cert_pem; /* NUL-terminated, like all eg_file_bytes */
    struct eg_file_bytes key_pem;  /* secret */
};

/**
 * Read the identity, making or renewing what is missing, runs out within 30 days or is not valid
 * yet. NET_TLS: files are there but unusable. OS_FILE. Owner: eg_tls_identity_free().
 */
EG_MUST_USE eg_status eg_tls_identity_load(const char *dir, int64_t now_ms,
                                           struct eg_tls_identity *out);
void eg_tls_identity_free(struct eg_tls_identity *id); /* wipes; safe on the zero state */

#endif

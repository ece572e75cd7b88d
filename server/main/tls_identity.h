/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_MAIN_TLS_IDENTITY_H
#define EG_SERVER_MAIN_TLS_IDENTITY_H
/**
 * Who the service is towards its clients: a small CA of its own and a server certificate from it,
 * for localhost, 127.0.0.1, ::1 and the host name. In the folder `tls`:
 *   ca.pem      what clients trust; stays the same when the server certificate is renewed. It is
 *               made anew, for the same key, 427 days before it runs out or when it is not valid
 *               yet because a clock was ahead; then clients need it again
 *   ca.key      0600; only to renew
 *   server.pem  server certificate, then the CA
 *   server.key  0600
 * Put other files there (without ca.key) to use a certificate of your own.
 */
#include "lib/os/file.h"

/** What a load has changed in the folder, for the log. */
enum eg_tls_news {
    EG_TLS_AS_BEFORE = 0,
    EG_TLS_MADE,           /* the first start */
    EG_TLS_SERVER_RENEWED, /* clients notice nothing */
    EG_TLS_CA_WAS_AHEAD,   /* the CA's certificate was not valid yet */
    EG_TLS_CA_RAN_OUT,
};

struct eg_tls_identity {
    struct eg_file_bytes cert_pem; /* NUL-terminated, like all eg_file_bytes */
    struct eg_file_bytes key_pem;  /* secret */
    enum eg_tls_news news;
};

/**
 * Read the identity, making or renewing what is missing, runs out within 30 days or is not valid
 * yet. NET_TLS: files are there but unusable. OS_FILE. Owner: eg_tls_identity_free().
 */
EG_MUST_USE eg_status eg_tls_identity_load(const char *dir, int64_t now_ms,
                                           struct eg_tls_identity *out);
void eg_tls_identity_free(struct eg_tls_identity *id); /* wipes; safe on the zero state */

#endif

/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's end of TLS as NXP's agent has it on a Cortex-M with TF-M: mbedTLS 2.28, its suites,
 * its groups, its self-signed certificate made on the fly, a maximum fragment length, and a partial
 * write that ends the connection. What is said inside goes through pipes, so that the peer of
 * tests/helpers/nxp_agent.py can use it as its line.
 *
 *   mbedtls_device HOST PORT ROOTS.pem KEY.pem UUID FRAGMENT
 *
 * FRAGMENT: 0 (no extension), 512, 1024, 2048 or 4096. Pipe format, both ways: length (4 bytes,
 * little endian), bytes. Out: text "VERSION SUITE FRAGMENT TICKETS", each certificate of the
 * service, an empty one; then each record as it comes; an empty one when the service closed. In:
 * what is to be written; the end of the input closes the connection. Exit: 0 closed, 1 wrong use, 2
 * no connection, 3 handshake, 4 partial write, 5 lost.
 */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/error.h>
#include <mbedtls/net_sockets.h>
#include <mbedtls/ssl.h>
#include <mbedtls/ssl_ciphersuites.h>
#include <mbedtls/x509_crt.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { USE = 1, NO_LINE = 2, NO_HANDSHAKE = 3, PARTIAL = 4, LOST = 5 };
enum { RECORD_MAX = 16384, CERTIFICATE_MAX = 1024 };

struct device {
    mbedtls_net_context net;
    mbedtls_entropy_context entropy;
    mbedtls_ctr_drbg_context random;
    mbedtls_x509_crt roots, own;
    mbedtls_pk_context key;
    mbedtls_ssl_config config;
    mbedtls_ssl_context tls;
};

/* ECDHE and ECDH with ECDSA and RSA, AES-128 as CBC-SHA256 and GCM-SHA256 */
static const int suites[] = {0xC023, 0xC025, 0xC027, 0xC029, 0xC02B, 0xC02D, 0xC02F, 0xC031, 0};
static const mbedtls_ecp_group_id groups[] = {MBEDTLS_ECP_DP_SECP192R1, MBEDTLS_ECP_DP_SECP224R1,
                                              MBEDTLS_ECP_DP_SECP256R1, MBEDTLS_ECP_DP_SECP384R1,
                                              MBEDTLS_ECP_DP_SECP521R1, MBEDTLS_ECP_DP_NONE};
static const struct {
    const char *bytes;
    unsigned char code;
} fragments[] = {{"0", MBEDTLS_SSL_MAX_FRAG_LEN_NONE},
                 {"512", MBEDTLS_SSL_MAX_FRAG_LEN_512},
                 {"1024", MBEDTLS_SSL_MAX_FRAG_LEN_1024},
                 {"2048", MBEDTLS_SSL_MAX_FRAG_LEN_2048},
                 {"4096", MBEDTLS_SSL_MAX_FRAG_LEN_4096}};

static bool worked(const char *what, int result)
{
    char text[100];
    if (result == 0) {
        return true;
    }
    mbedtls_strerror(result, text, sizeof(text));
    fprintf(stderr, "%s: %s (-0x%04X)\n", what, text, (unsigned)-result);
    return false;
}

/* ---- pipes ---------------------------------------------------------------------------------- */

static bool tell(const void *data, size_t len)
{
    const uint8_t head[4] = {(uint8_t)len, (uint8_t)(len >> 8), (uint8_t)(len >> 16), 0};
    return fwrite(head, 1, sizeof(head), stdout) == sizeof(head) &&
           fwrite(data, 1, len, stdout) == len && fflush(stdout) == 0;
}

static bool read_exactly(void *to, size_t len)
{
    uint8_t *at = to;
    while (len > 0) {
        ssize_t n = read(STDIN_FILENO, at, len);
        if (n <= 0) {
            return false;
        }
        at += n;
        len -= (size_t)n;
    }
    return true;
}

/* ---- the certificate, made anew for each connection -------------------------------------------
 */

static bool name_and_time(mbedtls_x509write_cert *w, const char *uuid)
{
    char name[128];
    mbedtls_mpi serial;
    mbedtls_mpi_init(&serial);
    snprintf(name, sizeof(name), "O=NXP,OU=Plug and Trust,CN=NXP_DIE_ID_AUTH,serialNumber=%s",
             uuid);
    bool done = worked("serial", mbedtls_mpi_lset(&serial, 1)) &&
                worked("serial", mbedtls_x509write_crt_set_serial(w, &serial)) &&
                worked("subject", mbedtls_x509write_crt_set_subject_name(w, name)) &&
                worked("issuer", mbedtls_x509write_crt_set_issuer_name(w, name)) &&
                worked("validity",
                       mbedtls_x509write_crt_set_validity(w, "20220101000000", "99991231235959"));
    mbedtls_mpi_free(&serial);
    return done;
}

static bool make_certificate(struct device *d, const char *uuid)
{
    uint8_t der[CERTIFICATE_MAX];
    mbedtls_x509write_cert w;
    mbedtls_x509write_crt_init(&w);
    mbedtls_x509write_crt_set_version(&w, MBEDTLS_X509_CRT_VERSION_3);
    mbedtls_x509write_crt_set_md_alg(&w, MBEDTLS_MD_SHA256);
    mbedtls_x509write_crt_set_subject_key(&w, &d->key);
    mbedtls_x509write_crt_set_issuer_key(&w, &d->key);
    bool made = name_and_time(&w, uuid) &&
                worked("key usage",
                       mbedtls_x509write_crt_set_key_usage(&w, MBEDTLS_X509_KU_DIGITAL_SIGNATURE));
    int len =
        made ? mbedtls_x509write_crt_der(&w, der, sizeof(der), mbedtls_ctr_drbg_random, &d->random)
             : 0;
    mbedtls_x509write_crt_free(&w);
    /* it is written at the end of the room */
    return len > 0 && worked("certificate",
                             mbedtls_x509_crt_parse_der(&d->own, der + sizeof(der) - (size_t)len,
                                                        (size_t)len));
}

/* ---- TLS ------------------------------------------------------------------------------------ */

static bool limit_fragments(mbedtls_ssl_config *config, const char *bytes)
{
    for (size_t i = 0; i < sizeof(fragments) / sizeof(fragments[0]); i++) {
        if (strcmp(fragments[i].bytes, bytes) == 0) {
            return worked("fragment", mbedtls_ssl_conf_max_frag_len(config, fragments[i].code));
        }
    }
    fprintf(stderr, "no such fragment length\n");
    return false;
}

static void init(struct device *d)
{
    mbedtls_net_init(&d->net);
    mbedtls_entropy_init(&d->entropy);
    mbedtls_ctr_drbg_init(&d->random);
    mbedtls_x509_crt_init(&d->roots);
    mbedtls_x509_crt_init(&d->own);
    mbedtls_pk_init(&d->key);
    mbedtls_ssl_config_init(&d->config);
    mbedtls_ssl_init(&d->tls);
}

static bool load(struct device *d, char **argv)
{
    return worked("random",
                  mbedtls_ctr_drbg_seed(&d->random, mbedtls_entropy_func, &d->entropy, NULL, 0)) &&
           worked("roots", mbedtls_x509_crt_parse_file(&d->roots, argv[3])) &&
           worked("key", mbedtls_pk_parse_keyfile(&d->key, argv[4], NULL)) &&
           make_certificate(d, argv[5]);
}

static bool configure(struct device *d, const char *host, const char *fragment)
{
    mbedtls_ssl_config *c = &d->config;
    bool set = worked("defaults", mbedtls_ssl_config_defaults(c, MBEDTLS_SSL_IS_CLIENT,
                                                              MBEDTLS_SSL_TRANSPORT_STREAM,
                                                              MBEDTLS_SSL_PRESET_DEFAULT)) &&
               limit_fragments(c, fragment) &&
               worked("own certificate", mbedtls_ssl_conf_own_cert(c, &d->own, &d->key));
    mbedtls_ssl_conf_authmode(c, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_chain(c, &d->roots, NULL);
    mbedtls_ssl_conf_ciphersuites(c, suites);
    mbedtls_ssl_conf_curves(c, groups);
    mbedtls_ssl_conf_rng(c, mbedtls_ctr_drbg_random, &d->random);
    mbedtls_ssl_conf_encrypt_then_mac(c, MBEDTLS_SSL_ETM_ENABLED);
    mbedtls_ssl_conf_extended_master_secret(c, MBEDTLS_SSL_EXTENDED_MS_ENABLED);
    mbedtls_ssl_conf_session_tickets(c, MBEDTLS_SSL_SESSION_TICKETS_ENABLED);
    return set && worked("setup", mbedtls_ssl_setup(&d->tls, c)) &&
           worked("host name", mbedtls_ssl_set_hostname(&d->tls, host));
}

static bool tell_service(struct device *d)
{
    char text[160];
    mbedtls_ssl_session session;
    mbedtls_ssl_session_init(&session);
    bool known = worked("session", mbedtls_ssl_get_session(&d->tls, &session));
    int n = snprintf(text, sizeof(text), "%s %s %zu %zu", mbedtls_ssl_get_version(&d->tls),
                     mbedtls_ssl_get_ciphersuite(&d->tls),
                     mbedtls_ssl_get_output_max_frag_len(&d->tls), session.ticket_len);
    mbedtls_ssl_session_free(&session);
    known = known && n > 0 && tell(text, (size_t)n);
    const mbedtls_x509_crt *at = mbedtls_ssl_get_peer_cert(&d->tls);
    for (; known && at != NULL; at = at->next) {
        known = tell(at->raw.p, at->raw.len);
    }
    return known && tell("", 0);
}

/* ---- the line ------------------------------------------------------------------------------- */

/** 0: go on; otherwise the exit code + 1. */
static int pass_on(struct device *d)
{
    uint8_t head[4], data[RECORD_MAX];
    if (!read_exactly(head, sizeof(head))) {
        mbedtls_ssl_close_notify(&d->tls);
        return 1;
    }
    size_t len = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16;
    if (len > sizeof(data) || !read_exactly(data, len)) {
        return USE + 1;
    }
    int written = mbedtls_ssl_write(&d->tls, data, len);
    return written == (int)len ? 0 : written > 0 ? PARTIAL + 1 : LOST + 1;
}

static int bring(struct device *d)
{
    uint8_t data[RECORD_MAX];
    int n = mbedtls_ssl_read(&d->tls, data, sizeof(data));
    if (n <= 0) {
        tell("", 0);
        return LOST + 1;
    }
    return tell(data, (size_t)n) ? 0 : LOST + 1;
}

static int serve(struct device *d)
{
    struct pollfd watched[2] = {{.fd = STDIN_FILENO, .events = POLLIN},
                                {.fd = d->net.fd, .events = POLLIN}};
    int over = 0;
    while (over == 0) {
        bool buffered = mbedtls_ssl_check_pending(&d->tls) != 0;
        if (poll(watched, 2, buffered ? 0 : -1) < 0) {
            return LOST;
        }
        if (watched[0].revents != 0) {
            over = pass_on(d);
        } else if (buffered || watched[1].revents != 0) {
            over = bring(d);
        }
    }
    return over - 1;
}

static int run(struct device *d, char **argv)
{
    if (!load(d, argv)) {
        return USE;
    }
    const char *address = strcmp(argv[1], "localhost") == 0 ? "127.0.0.1" : argv[1];
    if (!worked("connect", mbedtls_net_connect(&d->net, address, argv[2], MBEDTLS_NET_PROTO_TCP))) {
        return NO_LINE;
    }
    if (!configure(d, argv[1], argv[6])) {
        return USE;
    }
    mbedtls_ssl_set_bio(&d->tls, &d->net, mbedtls_net_send, mbedtls_net_recv, NULL);
    if (!worked("handshake", mbedtls_ssl_handshake(&d->tls)) || !tell_service(d)) {
        return NO_HANDSHAKE;
    }
    return serve(d);
}

int main(int argc, char **argv)
{
    struct device d;
    if (argc != 7) {
        fprintf(stderr, "usage: mbedtls_device HOST PORT ROOTS.pem KEY.pem UUID FRAGMENT\n");
        return USE;
    }
    init(&d);
    int code = run(&d, argv);
    mbedtls_ssl_free(&d.tls);
    mbedtls_ssl_config_free(&d.config);
    mbedtls_pk_free(&d.key);
    mbedtls_x509_crt_free(&d.own);
    mbedtls_x509_crt_free(&d.roots);
    mbedtls_ctr_drbg_free(&d.random);
    mbedtls_entropy_free(&d.entropy);
    mbedtls_net_free(&d.net);
    return code;
}

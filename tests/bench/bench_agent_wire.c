/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes on the wire and round trips of the device library, counted by itself, inside TLS: a first
 * provisioning, a check-in without change, a renewal. Sizes are those of real objects. Prints a
 * table, and JSON to the file named as argument. ./dev size runs it.
 */
#include <stdio.h>
#include <string.h>

#include "tests/unit/agent/device.h"

/* Bytes of a secure object with an ECC key, of one with a certificate, of a CRL, of a claim blob.
 */
enum { KEY_BLOB = 145, CERTIFICATE_BLOB = 837, CRL = 320, CLAIM = 167 };

static const uint8_t filler[1024];
static struct device device;

#define MESSAGE(...)                                                                               \
    host_says(&device.line.hosts[0], (const struct eg_session_request[]){__VA_ARGS__},             \
              sizeof((const struct eg_session_request[]){__VA_ARGS__}) /                           \
                  sizeof(struct eg_session_request))

static struct eg_session_request crl(void)
{
    struct eg_session_request req = ask_crl();
    req.data = eg_span(filler, CRL);
    return req;
}

static struct eg_session_request import(uint32_t id, size_t len)
{
    struct eg_session_request req = ask_import(id);
    req.data = eg_span(filler, len);
    return req;
}

static struct eg_session_request destroy(uint32_t id)
{
    return ask_keys(EG_SESSION_PSA_DESTROY, id);
}

/* The report names each object, as the service's does. Good until the next one is made. */
static struct eg_session_request goodbye(const uint32_t *ids, size_t count)
{
    static struct eg_session_detail details[4];
    static struct eg_session_report report;
    report = report_success;
    for (size_t i = 0; i < count; i++) {
        details[i] =
            (struct eg_session_detail){EG_VOCABULARY_RTP, EG_RTP_SUCCESS, KEYSTORE, ids[i]};
    }
    report.rtp = EG_RTP_SUCCESS;
    report.parts |= EG_REPORT_PART(EG_VOCABULARY_RTP);
    report.details = details;
    report.detail_count = count;
    report.correlation = eg_span_str("00000000-0000-0000-0000-000000000000");
    return ask_goodbye(&report);
}

static void first_provisioning(struct eg_crypto *c)
{
    static const uint32_t ids[] = {0x2000, 0x2001, 0x2002};
    uint8_t room[512];
    const struct eg_service broker = {.id = 101,
                                      .type = EG_SERVICE_CUSTOM,
                                      .protocol = EG_PROTOCOL_MQTTS,
                                      .port = 8883,
                                      .hostname = eg_span_str("broker.factory.example"),
                                      .client_key_ref = {EG_ENDPOINT_KEYS_PSA, KEYSTORE, 0x2000}};
    struct eg_span services = make_container(c, room, sizeof(room), &broker, 1);
    struct eg_span none = eg_span(NULL, 0);
    uint32_t len = (uint32_t)services.len;
    device.chip.claim_len = CLAIM;
    MESSAGE(ask_hello(), crl());
    MESSAGE(ask_keys(EG_SESSION_PSA_VERSION, 0),
            ask_keys(EG_SESSION_PSA_READ, EG_AGENT_CLAIM_OBJECT));
    MESSAGE(ask_keys(EG_SESSION_PSA_REMOVE, EG_AGENT_CLAIM_OBJECT), destroy(ids[0]),
            import(ids[0], KEY_BLOB), destroy(ids[1]), import(ids[1], CERTIFICATE_BLOB),
            destroy(ids[2]), import(ids[2], KEY_BLOB),
            ask_store(SERVICES, EG_DATASTORE_ALLOCATE, 0, len, none),
            ask_store(SERVICES, EG_DATASTORE_WRITE, 0, 0, services),
            ask_store(SERVICES, EG_DATASTORE_COMMIT, 0, 0, none));
    MESSAGE(goodbye(ids, 3));
}

static void check_in(struct eg_crypto *c)
{
    (void)c;
    MESSAGE(ask_hello(), crl(), goodbye(NULL, 0));
}

static void renewal(struct eg_crypto *c)
{
    static const uint32_t ids[] = {0x2000, 0x2001};
    (void)c;
    MESSAGE(ask_hello(), crl(), destroy(ids[0]), import(ids[0], KEY_BLOB), destroy(ids[1]),
            import(ids[1], CERTIFICATE_BLOB));
    MESSAGE(goodbye(ids, 2));
}

/* Goodbye in a message of its own (apart: 1) is half a round trip; it counts as one here. */
static bool measure(struct eg_crypto *c, const char *name, void (*say)(struct eg_crypto *c),
                    uint32_t apart, FILE *json)
{
    static bool first = true;
    device_hush(&device);
    say(c);
    if (eg_agent_update(&device.agent, &device.report) != EG_AGENT_OK) {
        fprintf(stderr, "%s: %s\n", name, eg_agent_result_text(device.report.result));
        return false;
    }
    const struct eg_agent_report *r = &device.report;
    printf("  %-20s %8u %8u %8u\n", name, r->bytes_in, r->bytes_out, r->round_trips + apart);
    if (json != NULL) {
        fprintf(json, "%s\"%s\":{\"bytes_in\":%u,\"bytes_out\":%u,\"round_trips\":%u}",
                first ? "{" : ",", name, r->bytes_in, r->bytes_out, r->round_trips + apart);
    }
    first = false;
    return true;
}

int main(int argc, char **argv)
{
    struct eg_crypto *c = NULL;
    FILE *json = argc > 1 ? fopen(argv[1], "w") : NULL;
    if ((argc > 1 && json == NULL) || !eg_ok(eg_crypto_new(&c))) {
        return 1;
    }
    device_make(&device, c);
    device.line.hosts[0].name = "one";
    bool good = eg_agent_connect_to(&device.agent, "one", 8444,
                                    (struct eg_agent_bytes){filler, 16}) == EG_AGENT_OK;
    printf("  %-20s %8s %8s %8s\n", "session", "received", "sent", "trips");
    good = good && measure(c, "first provisioning", first_provisioning, 1, json) &&
           measure(c, "check-in", check_in, 0, json) && measure(c, "renewal", renewal, 1, json) &&
           device.report.round_trips + 1 <= 2;
    if (json != NULL) {
        fprintf(json, "}\n");
        good = fclose(json) == 0 && good;
    }
    device_free(&device);
    eg_crypto_free(c);
    return good ? 0 : 1;
}

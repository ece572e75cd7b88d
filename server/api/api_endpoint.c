/* SPDX-License-Identifier: Apache-2.0 */
/* What devices are given to find and to trust the service; certificates of CAs for strangers. */
#include "lib/base/text.h"
#include "server/api/handlers.h"
#include "server/core/ca.h"
#include "server/core/cloud.h"
#include "server/core/endpoint.h"
#include "server/core/revoke.h"

#define CERTIFICATE_SUFFIX ".crt"

/** "<id>.crt": DER of a hosted CA of any company. */
eg_status eg_api_ca_public(struct eg_api_call *a)
{
    struct eg_crl_state ca;
    int64_t id;
    EG_TRY(eg_api_ca_file(a, CERTIFICATE_SUFFIX, &id));
    EG_TRY(eg_store_crl_get(eg_core_store(a->c.core), id, a->c.arena, &ca));
    if (ca.kind == EG_CA_EXTERNAL || ca.state != EG_CA_ACTIVE) {
        return EG_ERR(CA_UNKNOWN);
    }
    a->text_type = "application/pkix-cert";
    a->text = ca.certificate;
    return EG_OK;
}

static void put_text_span(struct eg_api_call *a, const char *key, struct eg_span text)
{
    const char *copy = eg_arena_text(a->c.arena, text);
    eg_json_text_member(&a->json, key, copy);
}

/* X || Y, without the 04 in front: the form that firmware is built with. */
static eg_status put_claim_key(struct eg_api_call *a)
{
    uint8_t point[EG_CLOUD_KEY_LEN];
    char hex[EG_HEX_LEN(EG_CLOUD_KEY_LEN - 1) + 1];
    EG_TRY(eg_cloud_claim_key(a->c.core, a->c.now_ms, point));
    eg_hex_encode(eg_span(point + 1, sizeof(point) - 1), hex);
    eg_json_text_member(&a->json, "claimKey", hex);
    return EG_OK;
}

/** Null without a device endpoint. */
static void put_counters(struct eg_json_out *j, const struct eg_endpoint_facts *facts)
{
    struct eg_endpoint_counters n;
    eg_json_key(j, "counters");
    if (facts->count == NULL) {
        eg_json_put_null(j);
        return;
    }
    facts->count(facts->ctx, &n);
    const struct {
        const char *name;
        uint64_t value;
    } all[] = {
        {"open", n.open},
        {"accepted", n.accepted},
        {"turnedAway", n.turned_away},
        {"handshakes", n.handshakes},
        {"resumed", n.resumed},
        {"handshakesFailed", n.handshakes_failed},
        {"noCertificate", n.no_certificate},
        {"sniMissing", n.sni_missing},
        {"sniWrong", n.sni_wrong},
        {"malformed", n.malformed},
        {"refused", n.refused},
        {"sessions", n.sessions},
        {"sessionsFailed", n.sessions_failed},
        {"broken", n.broken},
    };
    eg_json_begin_object(j);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        eg_json_number_member(j, all[i].name, (int64_t)all[i].value);
    }
    eg_json_end_object(j);
}

eg_status eg_api_device_endpoint(struct eg_api_call *a)
{
    const struct eg_endpoint_facts *facts = eg_core_endpoint(a->c.core);
    struct eg_endpoint_cas cas;
    struct eg_span roots;
    EG_TRY(eg_endpoint_cas(&a->c, &cas));
    EG_TRY(eg_ca_pem(&a->c, cas.root, &roots));
    bool on = facts->device_name[0] != '\0';
    eg_json_begin_object(&a->json);
    eg_json_text_member(&a->json, "hostname", on ? facts->device_name : NULL);
    eg_api_id_member(&a->json, "port", facts->device_port);
    put_text_span(a, "roots", roots);
    EG_TRY(put_claim_key(a));
    eg_json_text_member(&a->json, "publicUrl",
                        facts->public_url[0] != '\0' ? facts->public_url : NULL);
    put_counters(&a->json, facts);
    eg_json_end_object(&a->json);
    return EG_OK;
}

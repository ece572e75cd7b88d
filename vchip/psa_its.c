/* SPDX-License-Identifier: Apache-2.0 */
#include "vchip/enclave_internal.h"
#include "vchip/psa.h"

enum eg_psa_status eg_its_set(struct eg_part *part, uint32_t id, struct eg_span data)
{
    if (!part->chip->powered) {
        return EG_PSA_COMMUNICATION_FAILURE;
    }
    if (id == 0) {
        return EG_PSA_INVALID_ARGUMENT;
    }
    if (data.len > EG_ITS_DATA_MAX) {
        return EG_PSA_INSUFFICIENT_STORAGE;
    }
    return eg_enclave_status(eg_app_store_put(part->chip, EG_APP_DATA, id, data));
}

static enum eg_psa_status get(const struct eg_app_record *record, size_t offset, size_t len,
                              struct eg_writer *out)
{
    if (record == NULL) {
        return EG_PSA_DOES_NOT_EXIST;
    }
    if (offset > record->data.len) {
        return EG_PSA_INVALID_ARGUMENT;
    }
    size_t rest = record->data.len - offset;
    eg_writer_bytes(out, eg_span(record->data.ptr + offset, rest < len ? rest : len));
    return eg_enclave_status(out->status);
}

enum eg_psa_status eg_its_get(const struct eg_part *part, uint32_t id, size_t offset, size_t len,
                              struct eg_writer *out)
{
    struct eg_app_store store;
    if (!part->chip->powered) {
        return EG_PSA_COMMUNICATION_FAILURE;
    }
    enum eg_psa_status psa = eg_enclave_status(eg_app_store_open(part->chip, &store));
    if (psa == EG_PSA_SUCCESS) {
        psa = get(eg_app_store_data(&store, id), offset, len, out);
    }
    eg_app_store_close(&store);
    return psa;
}

enum eg_psa_status eg_its_remove(struct eg_part *part, uint32_t id)
{
    struct eg_app_store store;
    if (!part->chip->powered) {
        return EG_PSA_COMMUNICATION_FAILURE;
    }
    enum eg_psa_status psa = eg_enclave_status(eg_app_store_open(part->chip, &store));
    if (psa == EG_PSA_SUCCESS && eg_app_store_data(&store, id) == NULL) {
        psa = EG_PSA_DOES_NOT_EXIST;
    }
    eg_app_store_close(&store);
    return psa == EG_PSA_SUCCESS ? eg_enclave_status(eg_app_store_put(part->chip, EG_APP_DATA_NONE,
                                                                      id, eg_span(NULL, 0)))
                                 : psa;
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lib/claim_inject.h"

#include <stdio.h>
#include <string.h>

#include "lib/object/claim.h"
#include "lib/os/clock.h"

enum { BOX_MAX = 8 + EG_CLAIM_BLOB_MAX };

static eg_status make_box(const struct eg_claim_inject *job, const struct eg_uuid *uuid,
                          struct eg_writer *out)
{
    uint8_t room[EG_CLAIM_BLOB_MAX];
    struct eg_writer blob;

    eg_writer_init(&blob, room, sizeof room);
    EG_TRY(eg_claim_seal(job->crypto, job->claim_public, uuid, job->code, &blob));
    eg_writer_str(out, "E2GC");
    eg_writer_le32(out, (uint32_t)blob.len);
    eg_writer_bytes(out, eg_writer_span(&blob));
    return out->status;
}

static eg_status read_uuid(struct eg_isp *isp, struct eg_device_result *out)
{
    out->step = EG_STEP_UUID;
    EG_TRY(eg_isp_connect(isp));
    EG_TRY(eg_isp_uuid(isp, &out->uuid));
    out->uuid_known = true;
    return EG_OK;
}

static eg_status inject(const struct eg_claim_inject *job, struct eg_isp *isp,
                        struct eg_device_result *out)
{
    uint8_t room[BOX_MAX];
    struct eg_writer box;

    EG_TRY(read_uuid(isp, out));
    out->step = EG_STEP_LOAD;
    eg_writer_init(&box, room, sizeof room);
    EG_TRY(make_box(job, &out->uuid, &box));
    EG_TRY(eg_isp_write_memory(isp, job->family->claim_address, eg_writer_span(&box)));
    return eg_isp_reset(isp);
}

static eg_status with_line(const struct eg_claim_inject *job, struct eg_device_result *out)
{
    struct eg_transport line = EG_TRANSPORT_CLOSED;
    struct eg_isp isp;

    if (job->family->claim_address == 0) {
        return EG_ERR(HOST_NO_CLAIM_PLACE);
    }
    EG_TRY(eg_transport_open(&line, job->target));
    eg_isp_init(&isp, &line, 0);
    eg_status st = inject(job, &isp, out);
    eg_transport_close(&line);
    if (eg_is(st, EG_E_HOST_DEVICE_STATUS)) {
        return eg_problem_say(&out->problem, st,
                              "The device refused a command with McuBoot status %u.",
                              (unsigned)isp.device_status);
    }
    return st;
}

eg_status eg_claim_inject(const struct eg_claim_inject *job, struct eg_device_result *out)
{
    int64_t began = eg_clock_mono_ms();

    memset(out, 0, sizeof *out);
    snprintf(out->target, sizeof out->target, "%s", job->target);
    eg_status st = with_line(job, out);
    out->step_ms[out->step] = eg_clock_mono_ms() - began;
    return eg_problem_keep(&out->problem, st);
}

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_LIB_ISP_H
#define EG_HOST_LIB_ISP_H
/**
 * Host side of the McuBoot protocol over a transport: what SPSDK's el2go-host says to a chip in the
 * proxy flow, byte for byte, but over one opening of the line instead of one per command.
 *
 * Errors of all calls: those of the transport, and
 *   HOST_NO_DEVICE      nothing answered the pings
 *   WIRE_BAD_FRAME, WIRE_BAD_CRC  the line carried something else
 *   HOST_NAK            the device did not take a frame
 *   HOST_ABORT          the device ended a data phase
 *   HOST_DEVICE_STATUS  the device refused the command; eg_isp.device_status says how
 * Thread: one call at a time.
 * Source: docs/protocol/mcuboot.md.
 */
#include "host/transport/transport.h"
#include "lib/base/uuid.h"
#include "lib/wire/mcuboot_frame.h"

enum {
    EG_ISP_TIMEOUT_MS = 5000, /* for one frame */
    EG_ISP_RX_LEN = EG_MCUBOOT_PAYLOAD_MAX + 64,
    EG_ISP_PACKET_MAX = 1024, /* largest data frame used even if the device offers more */
    EG_ISP_OPEN_ATTEMPTS = 3, /* pings before HOST_NO_DEVICE */
    EG_ISP_JUNK_MAX = 50,     /* bytes skipped before a ping response */
};

/** Called while a data phase runs; done and total in bytes. */
typedef void (*eg_progress_fn)(void *arg, size_t done, size_t total);

struct eg_isp {
    struct eg_transport *line; /* borrowed */
    uint32_t timeout_ms;       /* for one frame */
    uint32_t max_packet;       /* 0: not asked yet */
    uint32_t device_status;    /* McuBoot status of the last HOST_DEVICE_STATUS */
    eg_progress_fn progress;   /* may be NULL */
    void *progress_arg;
    uint8_t rx[EG_ISP_RX_LEN]; /* received and not yet read */
    size_t rx_start, rx_end;
};

/** Remember the line; sends nothing. timeout_ms 0: EG_ISP_TIMEOUT_MS. */
void eg_isp_init(struct eg_isp *m, struct eg_transport *line, uint32_t timeout_ms);

/**
 * Ping until the device answers, at most EG_ISP_OPEN_ATTEMPTS times. A frame that an earlier user
 * of the line left unfinished is ended first.
 */
EG_MUST_USE eg_status eg_isp_connect(struct eg_isp *m);

/** Words of a property; property: enum eg_mcuboot_property of the wire. */
EG_MUST_USE eg_status eg_isp_get_property(struct eg_isp *m, uint32_t property,
                                          uint32_t words[static EG_MCUBOOT_WORDS_MAX],
                                          size_t *count);

/** The chip's UUID, bytes in the order of the wire. */
EG_MUST_USE eg_status eg_isp_uuid(struct eg_isp *m, struct eg_uuid *out);

/**
 * Ask for the longest packet, once; a device that does not tell gets the default. Writing asks by
 * itself: this is for a time when the line has nothing else to do.
 */
EG_MUST_USE eg_status eg_isp_learn_packet(struct eg_isp *m);

EG_MUST_USE eg_status eg_isp_write_memory(struct eg_isp *m, uint32_t address, struct eg_span data);

/** Send a firmware container; "pending jump" and "pending reset" count as success. */
EG_MUST_USE eg_status eg_isp_receive_sb(struct eg_isp *m, struct eg_span file);

/** Reset; the line stays open. A device that resets without answering is fine. */
EG_MUST_USE eg_status eg_isp_reset(struct eg_isp *m);

/** Version word of the provisioning firmware (0x00010203 is 1.2.3). */
EG_MUST_USE eg_status eg_isp_el2go_version(struct eg_isp *m, uint32_t *out_version);

/**
 * Run the provisioning of one device ("close device"). address: family fact, docs/guide/line.md.
 * wait_ms: how long the firmware may work before it answers; 0: timeout_ms.
 * *out_result: the firmware's own word, 0x5A5A5A5A for success (host/lib/fw_status.h). Set on
 * EG_OK. HOST_NO_FW_ANSWER: nothing came, the outcome is not known.
 */
EG_MUST_USE eg_status eg_isp_close_device(struct eg_isp *m, uint32_t address, bool dry_run,
                                          uint32_t wait_ms, uint32_t *out_result);

#endif

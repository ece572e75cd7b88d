/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a service says to a device, as it comes off the line: any number of messages with their
 * length prefixes. Whatever it is, the device answers only what can be read, touches no key before
 * a CRL and none that is reserved, and can call its service again afterwards.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tests/unit/agent/device.h"

static struct device device;
static struct flash connection;

static void check(bool good)
{
    if (!good) {
        abort();
    }
}

static void set_up(void)
{
    static const uint8_t roots[] = {'r', 'o', 'o', 't', 's'};
    struct eg_crypto *crypto = NULL;
    check(eg_ok(eg_crypto_new(&crypto)));
    device_make(&device, crypto);
    device.line.hosts[0].name = "one";
    check(eg_agent_connect_to(&device.agent, "one", 8444,
                              (struct eg_agent_bytes){roots, sizeof(roots)}) == EG_AGENT_OK);
    connection = device.connection;
}

/* Every answer can be read by a service, whole. */
static void check_answers(void)
{
    struct eg_span rest = eg_span(device.line.heard, device.line.heard_len);
    while (rest.len > 0) {
        struct eg_session_response res;
        struct eg_session_iter it;
        size_t used;
        size_t len;
        check(eg_ok(eg_session_get_prefix(rest, sizeof(device.response), &used, &len)));
        check(len > 0 && len <= rest.len - used);
        eg_session_iter_start(&it, eg_span(rest.ptr + used, len));
        while (eg_session_next_response(&it, &res)) {
            check(res.kind != EG_SESSION_NONE && res.kind != EG_SESSION_OTHER);
        }
        check(eg_ok(it.status));
        rest = eg_span(rest.ptr + used + len, rest.len - used - len);
    }
}

static void check_keys(void)
{
    uint32_t id = device.chip.last_id;
    check(device.chip.touched == 0 || device.line.crls > 0);
    check(device.chip.touched == 0 || (id != 0 && (id < 0x7FFF0000 || id > 0x7FFFFFFF)));
}

/* Its connection data are those from before, or others that are whole. */
static void check_next_call(void)
{
    device_restart(&device);
    device_hush(&device);
    eg_agent_update(&device.agent, &device.report);
    check(device.report.result != EG_AGENT_NO_CONNECTION_DATA || device.connection.steps > 0);
    check(device.line.dials > 0 || device.connection.steps > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready) {
        set_up();
        ready = true;
    }
    if (size == 0 || size > sizeof(device.line.hosts[0].said)) {
        return 0;
    }
    device.connection = connection;
    device.connection.steps = 0;
    device.chip.key_count = 0;
    device.chip.claim_len = 100;
    device.chip.last_id = 0;
    device.line.piece = data[0] & 0x0F; /* also the length of the first message */
    device_restart(&device);
    device_hush(&device);
    host_says_bytes(&device.line.hosts[0], eg_span(data, size));
    enum eg_agent_result result = eg_agent_update(&device.agent, &device.report);
    check(result == device.report.result);
    check(memchr(device.report.correlation, 0, sizeof(device.report.correlation)) != NULL);
    check_answers();
    check_keys();
    check_next_call();
    return 0;
}

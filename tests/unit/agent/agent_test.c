/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/agent/agent_test.h"

#include <stdlib.h>

struct eg_crypto *agent_crypto;

int agent_setup(void **state)
{
    static struct device d;
    if (!eg_ok(eg_crypto_new(&agent_crypto))) {
        return -1;
    }
    device_make(&d, agent_crypto);
    d.line.hosts[0].name = "one";
    *state = &d;
    return (int)eg_agent_connect_to(&d.agent, "one", 8444,
                                    (struct eg_agent_bytes){(const uint8_t *)"roots", 5});
}

int agent_teardown(void **state)
{
    device_free(*state);
    eg_crypto_free(agent_crypto);
    return 0;
}

enum eg_agent_result update(struct device *d)
{
    enum eg_agent_result result = eg_agent_update(&d->agent, &d->report);
    assert_int_equal(result, d->report.result);
    return result;
}

enum eg_agent_result session_of(struct device *d, const struct eg_session_request *requests,
                                size_t count)
{
    struct host *h = &d->line.hosts[0];
    device_hush(d);
    MESSAGE(h, ask_hello());
    MESSAGE(h, ask_crl());
    for (size_t i = 0; i < count; i++) {
        host_says(h, &requests[i], 1);
    }
    MESSAGE(h, ask_goodbye(&report_success));
    return update(d);
}

struct eg_session_response answer(struct device *d, size_t index)
{
    struct eg_session_response res;
    assert_true(device_heard(d, index + 2, &res));
    return res;
}

void write_store(struct device *d, uint32_t store, struct eg_span container)
{
    const struct eg_session_request requests[] = {
        ask_store(store, EG_DATASTORE_ALLOCATE, 0, (uint32_t)container.len, eg_span(NULL, 0)),
        ask_store(store, EG_DATASTORE_WRITE, 0, 0, eg_span(container.ptr, 30)),
        ask_store(store, EG_DATASTORE_WRITE, 30, 0,
                  eg_span(container.ptr + 30, container.len - 30)),
        ask_store(store, EG_DATASTORE_COMMIT, 0, 0, eg_span(NULL, 0)),
    };
    assert_int_equal(session_of(d, requests, 4), EG_AGENT_OK);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(answer(d, i).status, EG_DATASTORE_STATUS_OK);
    }
}

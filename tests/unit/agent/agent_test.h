/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_TESTS_UNIT_AGENT_AGENT_TEST_H
#define EG_TESTS_UNIT_AGENT_AGENT_TEST_H
/** What the tests of the device library share. */
#include "tests/unit/agent/device.h"
#include "tests/unit/unit.h"

/** A device with connection data for hosts[0] ("one"), which says nothing yet. cmocka set-up. */
int agent_setup(void **state);
int agent_teardown(void **state);

extern struct eg_crypto *agent_crypto;

#define MESSAGE(host, ...)                                                                         \
    host_says(host, (const struct eg_session_request[]){__VA_ARGS__},                              \
              sizeof((const struct eg_session_request[]){__VA_ARGS__}) /                           \
                  sizeof(struct eg_session_request))

/** eg_agent_update() of this device. */
enum eg_agent_result update(struct device *d);

/** hello, CRL, these requests, goodbye with success: one message each. The result of the update. */
enum eg_agent_result session_of(struct device *d, const struct eg_session_request *requests,
                                size_t count);

/** The answer to the index-th request of session_of(). Fails the test when there is none. */
struct eg_session_response answer(struct device *d, size_t index);

/** Requests that write a whole container in one session. Results in OK. */
void write_store(struct device *d, uint32_t store, struct eg_span container);

#endif

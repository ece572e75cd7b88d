/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The template port's flash store under the device library, on flash that is as strict as a real
 * one: a unit is written once between two erases. Sessions come from a line of memory.
 */
#include <string.h>

#include "agent/port/template/port.h"
#include "tests/unit/agent/agent_test.h"

enum { SECTORS = 2, UNITS = SECTORS * BOARD_SECTOR / BOARD_UNIT };

static uint8_t flash[SECTORS * BOARD_SECTOR];
static bool written[UNITS];
static size_t twice;

bool board_flash_erase(uint32_t sector_at)
{
    memset(flash + sector_at, 0xFF, BOARD_SECTOR);
    memset(written + sector_at / BOARD_UNIT, 0, BOARD_SECTOR / BOARD_UNIT);
    return sector_at % BOARD_SECTOR == 0;
}

bool board_flash_write(uint32_t at, const uint8_t unit[BOARD_UNIT])
{
    twice += written[at / BOARD_UNIT] ? 1 : 0;
    written[at / BOARD_UNIT] = true;
    memcpy(flash + at, unit, BOARD_UNIT);
    return at % BOARD_UNIT == 0;
}

bool board_flash_read(uint32_t at, uint8_t *out, size_t len)
{
    memcpy(out, flash + at, len);
    return true;
}

static void a_store_on_flash_keeps_its_rules(void **state)
{
    struct device *d = *state;
    struct port_flash port = {.at = 0};
    uint8_t room[512];
    uint8_t text[300];
    twice = 0;
    for (size_t n = 0; n < 40; n++) { /* lengths and alignments of every kind */
        memset(text, 'a' + (int)(n % 26), sizeof(text));
        const struct eg_service service = {.id = n, .hostname = eg_span(text, 17 + 7 * n)};
        struct eg_span container = make_container(agent_crypto, room, sizeof(room), &service, 1);
        struct eg_agent_service got;
        uint8_t back[512];
        device_restart(d);
        d->agent.stores[1].ops = &port_store;
        d->agent.stores[1].ctx = &port;
        write_store(d, SERVICES, container);
        memset(&port, 0, sizeof(port)); /* power off and on */
        assert_int_equal(eg_agent_service(&d->agent, 0, back, sizeof(back), &got), EG_AGENT_OK);
        assert_int_equal(got.id, n);
        assert_int_equal(got.hostname.len, 17 + 7 * n);
        assert_memory_equal(got.hostname.ptr, text, got.hostname.len);
    }
    assert_int_equal(twice, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_store_on_flash_keeps_its_rules, agent_setup,
                                        agent_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: Apache-2.0 */
#include "lib/os/clock.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
    NS_PER_S = 1000000000,
    NS_PER_MS = 1000000,
    MS_PER_S = 1000,
};

static int64_t read_ns(clockid_t which)
{
    struct timespec t = {0, 0};

    /* Cannot fail: both clocks exist on every Linux and t is a valid address. */
    (void)clock_gettime(which, &t);
    return (int64_t)t.tv_sec * NS_PER_S + t.tv_nsec;
}

int64_t eg_clock_now_s(void)
{
    return read_ns(CLOCK_REALTIME) / NS_PER_S;
}

int64_t eg_clock_now_ms(void)
{
    return read_ns(CLOCK_REALTIME) / NS_PER_MS;
}

int64_t eg_clock_mono_ms(void)
{
    return read_ns(CLOCK_MONOTONIC) / NS_PER_MS;
}

int64_t eg_clock_mono_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

int eg_clock_left_ms(int64_t deadline_ms)
{
    int64_t left;

    if (deadline_ms < 0) {
        return -1;
    }
    left = deadline_ms - eg_clock_mono_ms();
    if (left < 0) {
        return 0;
    }
    return left > INT_MAX ? INT_MAX : (int)left;
}

void eg_clock_text(int64_t time_ms, char out[static EG_CLOCK_TEXT_LEN + 1])
{
    static const int64_t last_ms = INT64_C(253402300799999); /* 9999-12-31T23:59:59.999Z */
    char seconds[EG_CLOCK_TEXT_LEN + 1];
    struct tm parts;
    time_t t;

    time_ms = time_ms < 0 ? 0 : time_ms;
    time_ms = time_ms > last_ms ? last_ms : time_ms;
    t = (time_t)(time_ms / MS_PER_S);
    memset(&parts, 0, sizeof(parts));
    (void)gmtime_r(&t, &parts);
    (void)strftime(seconds, sizeof(seconds), "%Y-%m-%dT%H:%M:%S", &parts);
    (void)snprintf(out, EG_CLOCK_TEXT_LEN + 1, "%.19s.%03uZ", seconds,
                   (unsigned)(time_ms % MS_PER_S));
}

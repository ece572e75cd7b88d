/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OS_CLOCK_H
#define EG_LIB_OS_CLOCK_H
/**
 * The three clocks. Rules never read them: programs do, and pass the value in.
 * Every call is thread-safe and cannot fail.
 */
#include <stdbool.h>
#include <stdint.h>

/** Seconds since 1970-01-01 UTC. */
int64_t eg_clock_now_s(void);

/** Milliseconds since 1970-01-01 UTC. */
int64_t eg_clock_now_ms(void);

/** Milliseconds since an unnamed start; never goes back. For deadlines and durations. */
int64_t eg_clock_mono_ms(void);

/** Nanoseconds of the same clock, for measurements. */
int64_t eg_clock_mono_ns(void);

/**
 * Milliseconds left until `deadline_ms` (of eg_clock_mono_ms()), as poll() wants them: 0 when it
 * has passed, at most INT_MAX. A negative deadline means "never": -1.
 */
int eg_clock_left_ms(int64_t deadline_ms);

enum {
    EG_CLOCK_TEXT_LEN = 24, /* "2026-01-31T23:59:59.123Z", without NUL */
};

/** RFC 3339 UTC with milliseconds, NUL-terminated; years 1970 to 9999, others are clamped. */
void eg_clock_text(int64_t time_ms, char out[static EG_CLOCK_TEXT_LEN + 1]);

#endif

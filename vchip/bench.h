/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_BENCH_H
#define EG_VCHIP_BENCH_H
/** A bench full of chips: every chip file of a folder, up in one run folder, served by one loop. */
#include <stddef.h>

#include "lib/os/family_file.h"
#include "vchip/device.h"

struct eg_bench {
    struct eg_families families;
    struct eg_loop loop;
    struct eg_crypto *crypto;
    int run_fd;
    struct eg_device **devices; /* owned */
    size_t count;
};

struct eg_bench_options {
    const char *chips_dir;
    const char *run_dir;      /* made if it is not there */
    const char *families_dir; /* NULL: found by eg_families_dir() */
    char **only;              /* UUIDs in hex; others stay in the drawer */
    size_t only_count;        /* 0: all */
};

/**
 * Bring all chips up. On error `why` names the file or folder, and everything is down again.
 * OS_FILE, FAMILY_*, VCHIP_FILE, VCHIP_IN_USE, BAD_UUID, NO_MEMORY.
 */
EG_MUST_USE eg_status eg_bench_open(struct eg_bench *bench, const struct eg_bench_options *options,
                                    char *why, size_t why_room);
/** Take all down, names removed. Safe on the zero state with run_fd -1. */
void eg_bench_close(struct eg_bench *bench);

#endif

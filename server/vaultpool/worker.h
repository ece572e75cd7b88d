/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_VAULTPOOL_WORKER_H
#define EG_SERVER_VAULTPOOL_WORKER_H
/** One engrave-vault process and the socket to it. One thread at a time per worker. */
#include "lib/os/child.h"
#include "server/vaultpool/vaultpool.h"

enum {
    EG_WORKER_START_MS = 60000, /* from start to the answer to HELLO */
};

/** {0} means none. */
struct eg_worker {
    struct eg_child child;
    int fd; /* open while child.pid is not 0 */
};

/** An answer's bytes. Owner: the caller, free(memory). */
struct eg_worker_answer {
    void *memory;
    struct eg_span body; /* behind the frame; points into memory */
};

/** Start the program and hand it the passphrase. OS_PROCESS, OS_FILE (passphrase): *out is {0}. */
EG_MUST_USE eg_status eg_worker_start(const struct eg_vaultpool_options *options,
                                      struct eg_worker *out);

/**
 * Ask a started worker for its fingerprint; waits while it opens its key file. Errors are what the
 * vault reports about its start (why: its sentence), VAULT_UNAVAILABLE when it says nothing.
 */
EG_MUST_USE eg_status eg_worker_hello(struct eg_worker *w,
                                      uint8_t fingerprint[static EG_VAULT_FINGERPRINT_LEN],
                                      char *why, size_t why_room);

/**
 * Send a whole message (frame and body) and read its answer.
 * OS_PEER_GONE: it was dead before the message was sent. OS_PROCESS: it died, fell silent or
 * answered something else; end it. NO_MEMORY: end it too, its answer is half read.
 */
EG_MUST_USE eg_status eg_worker_exchange(struct eg_worker *w, struct eg_span message,
                                         struct eg_worker_answer *out);

/** Kill and reap. {0} is fine; *w becomes {0}. */
void eg_worker_end(struct eg_worker *w);

/** Close our end and wait for it to end by itself for a moment, then as eg_worker_end(). */
void eg_worker_dismiss(struct eg_worker *w);

#endif

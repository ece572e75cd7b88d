/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_OS_FILE_H
#define EG_LIB_OS_FILE_H
/**
 * Files and folders: whole-file reads with a limit, writes that are there completely or not at all.
 * Every descriptor is close-on-exec. Thread-safe.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/base/span.h"

enum {
    EG_PATH_MAX = 4096, /* bytes of a path, with NUL */
};

/** Heap bytes that may be secret, always followed by a NUL that len does not count. */
struct eg_file_bytes {
    uint8_t *ptr;
    size_t len;
};
void eg_file_bytes_free(struct eg_file_bytes *b); /* wipes; safe on the zero state */

static inline struct eg_span eg_file_span(const struct eg_file_bytes *b)
{
    return eg_span(b->ptr, b->len);
}

/**
 * Read a regular file whole.
 * Errors  OS_FILE: cannot be opened or read, or is no regular file. OS_FILE_TOO_LARGE: more than
 *         `max` bytes. NO_MEMORY. *out is the zero state.
 * Owner   *out is the caller's, eg_file_bytes_free().
 */
EG_MUST_USE eg_status eg_file_read(const char *path, size_t max, struct eg_file_bytes *out);

/**
 * Write a file so that a reader, also after a power cut, sees the old content or the new one:
 * temporary file beside it, fsync, rename, fsync of the folder. mode is not touched by the umask.
 * OS_FILE: the old content is still there and no temporary file is left.
 */
EG_MUST_USE eg_status eg_file_write(const char *path, mode_t mode, struct eg_span data);

/** The same, but only if there is no such file yet; OS_FILE_EXISTS otherwise, content untouched. */
EG_MUST_USE eg_status eg_file_create(const char *path, mode_t mode, struct eg_span data);

/** Make a folder and those above it, each with mode 0700. A folder that exists is fine. OS_FILE. */
EG_MUST_USE eg_status eg_file_make_dir(const char *path);

/** Is there something at path? */
bool eg_file_exists(const char *path);

/** "dir/name" into out, NUL-terminated. NO_ROOM: out is "". */
EG_MUST_USE eg_status eg_path_join(const char *dir, const char *name, char *out, size_t room);

/** Path of the folder in which the running program lies. OS_FILE, NO_ROOM: out is "". */
EG_MUST_USE eg_status eg_path_of_program(char *out, size_t room);

/**
 * Fresh private folder "<parent>/<prefix>-<16 random hex digits>", mode 0700. parent NULL: $TMPDIR,
 * else /tmp. OS_FILE, NO_ROOM: out is "".
 */
EG_MUST_USE eg_status eg_file_make_temp_dir(const char *parent, const char *prefix, char *out,
                                            size_t room);

/** Remove a folder and everything in it; does not follow links out of it. OS_FILE. */
EG_MUST_USE eg_status eg_file_remove_tree(const char *path);

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_VCHIP_CHIP_FILE_H
#define EG_VCHIP_CHIP_FILE_H
/**
 * A chip's state in one file, `<uuid 32 hex>.chip` (docs/formats/chip-file.md): a journal to which
 * every write to silicon is appended before it takes effect, so that a killed process loses
 * nothing.
 *
 * Secret  the file holds the die key in clear: it is the chip. Made with mode 0600.
 * Thread  one at a time per chip; different chips are independent.
 */
#include "lib/crypto/crypto.h"
#include "vchip/chip.h"

/**
 * Make the file of a chip fresh from the fab in folder `dir`: life cycle open, everything else
 * blank. The file is not synced to disk; call eg_chip_dir_sync() once after a batch.
 * VCHIP_BAD_ROOT: the connection or attestation seed of this die key is no valid P-256 scalar; draw
 * another key. VCHIP_EXISTS: the chip exists already. OS_FILE. Nothing is left behind on error.
 */
EG_MUST_USE eg_status eg_chip_create(struct eg_crypto *c, const char *dir,
                                     const struct eg_family *family, const struct eg_uuid *uuid,
                                     const uint8_t die_key[static EG_DIE_KEY_LEN]);

/** Make everything written to the file system of `dir` durable. OS_FILE. */
EG_MUST_USE eg_status eg_chip_dir_sync(const char *dir);

/** Finds a family by name; NULL if unknown. `context` is the caller's. */
typedef const struct eg_family *(*eg_chip_family_fn)(const void *context, const char *name);

/**
 * Open a chip: takes the file's lock, replays it, drops a record cut short by a kill, and rewrites
 * a file that has become much longer than its content. The chip starts powered.
 * Returns owned; eg_chip_close(). NULL on error.
 * VCHIP_FILE: not a chip file, damaged, or of an unknown family. VCHIP_IN_USE: another process has
 * it open. OS_FILE.
 */
EG_MUST_USE eg_status eg_chip_open(const char *path, eg_chip_family_fn find, const void *context,
                                   struct eg_chip **out);

/** Sync and close; wipes the die key. NULL is fine. */
void eg_chip_close(struct eg_chip *chip);

/** Make all writes so far durable against a crash of the machine. OS_FILE. */
EG_MUST_USE eg_status eg_chip_sync(struct eg_chip *chip);

/** Replace the die key: what a counterfeit part would have. Not counted as a write. OS_FILE. */
EG_MUST_USE eg_status eg_chip_counterfeit(struct eg_chip *chip,
                                          const uint8_t die_key[static EG_DIE_KEY_LEN]);

#endif

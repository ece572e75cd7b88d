/* SPDX-License-Identifier: Apache-2.0 */
#include "host/lib/fw_status.h"

#include <stddef.h>
#include <stdio.h>

/* GROUP_<NAME>_CAUSE and _NEXT: what a group of words means. */
#define GROUP_PASS_CAUSE "All objects are on the chip."
#define GROUP_PASS_NEXT  "Nothing to do."
#define GROUP_ROOT_CAUSE "The firmware could not derive a key from the chip's root of trust."
#define GROUP_ROOT_NEXT                                                                            \
    "Power the device off and on and try again; set the chip aside if it repeats."
#define GROUP_ENCLAVE_CAUSE "The secure enclave of the chip failed an operation."
#define GROUP_ENCLAVE_NEXT                                                                         \
    "Power the device off and on and try again; set the chip aside if it repeats."
#define GROUP_PARSE_CAUSE "What lies at the address of the objects is not well formed."
#define GROUP_PARSE_NEXT  "Fetch the objects again and check secure_objects_address."
#define GROUP_SEAL_CAUSE  "A secure object is not sealed for this chip in its present state."
#define GROUP_SEAL_NEXT                                                                            \
    "Check that UUID, boot key hash and life cycle of the group are those of this chip, then "     \
    "fetch "                                                                                       \
    "again."
#define GROUP_LCS_CAUSE "The life cycle of the chip does not allow this."
#define GROUP_LCS_NEXT                                                                             \
    "Use a chip that is not yet closed, or correct the life cycle of the device group."
#define GROUP_FUSES_USED_CAUSE "Fuses that this run would write hold another value already."
#define GROUP_FUSES_USED_NEXT                                                                      \
    "Was the chip provisioned for another product? Set it aside; fuses cannot be taken back."
#define GROUP_FUSES_CAUSE "Fuses or the IFR could not be read or written."
#define GROUP_FUSES_NEXT  "Check the supply voltage, then run again; the firmware continues."
#define GROUP_ATTR_CAUSE  "A secure object has attributes that the firmware does not take."
#define GROUP_ATTR_NEXT   "Check type, id, usage policy and algorithm of the objects of the group."
#define GROUP_ATTR_HASH_CAUSE                                                                      \
    "The boot key hash object has attributes that the firmware does not take."
#define GROUP_ATTR_HASH_NEXT                                                                       \
    "Make the OEM_FW_AUTH_KEY_HASH object again: 32 bytes, object id 2147451258."
#define GROUP_ATTR_DECRYPT_CAUSE                                                                   \
    "The firmware decryption key object has attributes that the firmware does not take."
#define GROUP_ATTR_DECRYPT_NEXT                                                                    \
    "Make the OEM_FW_DECRYPT_KEY object again: 32 bytes, object id 2147451259."
#define GROUP_ATTR_FUSES_CAUSE "The fuse configuration object is not one that the firmware takes."
#define GROUP_ATTR_FUSES_NEXT                                                                      \
    "Make the fuse configuration again with its tool and upload it as object id 2147451260."
#define GROUP_MISSING_CAUSE "Objects that this part requires are not in the set."
#define GROUP_MISSING_NEXT                                                                         \
    "Assign boot key hash, firmware decryption key and fuse configuration to the group."
#define GROUP_ADDRESS_CAUSE     "There are no secure objects where the firmware was told to look."
#define GROUP_ADDRESS_NEXT      "Check secure_objects_address and that loading went before running."
#define GROUP_SECURE_BOOT_CAUSE "Secure boot is not enabled, which the life cycle asks for."
#define GROUP_SECURE_BOOT_NEXT  "Enable secure boot in the fuse configuration of the group."
#define GROUP_DRY_RUN_CAUSE     "The firmware stopped because dry run was set where it may not be."
#define GROUP_DRY_RUN_NEXT      "Reset the device and run again without dry run."
#define GROUP_BOOT_MODE_CAUSE   "The device is not strapped to boot from external flash."
#define GROUP_BOOT_MODE_NEXT    "Set the boot mode pins to FlexSPI and reset the device."
#define GROUP_MIXED_CAUSE       "Objects of the device and objects of the product are mixed in one set."
#define GROUP_MIXED_NEXT        "Use one kind of objects for this group."
#define GROUP_MIXED_LCS_CAUSE   "The objects of the set name different life cycles."
#define GROUP_MIXED_LCS_NEXT    "Fetch the objects again; all must be made for the group of today."
#define GROUP_TOO_MANY_CAUSE    "There are more or larger objects than the part takes."
#define GROUP_TOO_MANY_NEXT     "Assign at most 16 objects of together 16 KiB to the group."
#define GROUP_FLASH_CAUSE       "Flash could not be erased or written."
#define GROUP_FLASH_NEXT        "Check that external flash is configured, then run again."
#define GROUP_COMMAND_CAUSE     "The firmware expects the other kind of provisioning command."
#define GROUP_COMMAND_NEXT                                                                         \
    "Use firmware for device-individual objects, or el2go-host's prod commands."
#define GROUP_GROUP_KEY_CAUSE "The provisioning key of the device group is missing or not usable."
#define GROUP_GROUP_KEY_NEXT  "Product-based objects need it; fetch the batch again."
#define GROUP_SB_CAUSE        "The firmware container could not be processed."
#define GROUP_SB_NEXT         "Check prov_fw_path: the container must be made for this part."

static const struct eg_fw_status rows[] = {
#define FW(word, name, group) {word, #name, GROUP_##group##_CAUSE, GROUP_##group##_NEXT},
#include "host/lib/fw_status.def"
#undef FW
};

static const struct eg_fw_status unknown = {
    0, "UNKNOWN", "The firmware answered a word that is not known.",
    "Check that the firmware is that of this part; its documentation may name the word."};

const struct eg_fw_status *eg_fw_status(uint32_t word)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].word == word) {
            return &rows[i];
        }
    }
    return &unknown;
}

eg_status eg_fw_judge(uint32_t word, struct eg_problem *out)
{
    const struct eg_fw_status *fw = eg_fw_status(word);

    if (word == EG_FW_PASS) {
        return EG_OK;
    }
    eg_problem_say(out, EG_ERR(HOST_FW_RESULT), "Firmware word 0x%08X (%s): %s", (unsigned)word,
                   fw->name, fw->cause);
    snprintf(out->next, sizeof out->next, "%s", fw->next);
    return out->status;
}

const struct eg_fw_status *eg_fw_status_list(uint32_t *out_count)
{
    *out_count = (uint32_t)(sizeof rows / sizeof rows[0]);
    return rows;
}

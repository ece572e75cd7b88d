/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/verbs.h"

#include "host/cli/admin.h"

static const char targets_help[] =
    "A target is serial:/dev/ttyX[,baud] or vchip:RUNDIR/<uuid>; vchip:RUNDIR stands for all\n"
    "virtual chips that run there.";

static const char claim_help[] =
    "The code is sealed to the service and to each device's UUID and written to the family's\n"
    "claim_address; it is read from a file or from standard input, never from the command line.\n"
    "A target is serial:/dev/ttyX[,baud] or vchip:RUNDIR/<uuid>; vchip:RUNDIR stands for all.";

static const char export_help[] =
    "CHIP is the state file of a virtual chip that does not run. --psa-simul writes two files:\n"
    "DIR/keys.txt (secret: one `keydata` line per key of the chip's root of trust) and\n"
    "DIR/edgelock2go_datastore.bin.0 (its connection data).\n"
    "How to use them: docs/guide/nxp-agent.md.";

/* clang-format off */
const struct eg_verb eg_verbs[] = {
    {"host", "template", "", "Write a commented configuration for a chip family", eg_cmd_template, NULL, NULL},
    {"host", "test-connection", "", "Does the service know this key, product and group?", eg_cmd_test_connection, NULL, NULL},
    {"host", "get-uuid", "TARGET..", "Read the UUIDs of devices", eg_cmd_get_uuid, targets_help, NULL},
    {"host", "provision", "TARGET..", "Provision devices: UUID, assign, wait, download, load, run, verify", eg_cmd_provision, targets_help, NULL},
    {"host", "fetch", "[TARGET]", "Get the objects of one device into a file", eg_cmd_fetch, targets_help, NULL},
    {"host", "load", "TARGET FILE", "Load objects and firmware into a device", eg_cmd_load, targets_help, NULL},
    {"host", "run", "TARGET..", "Run the provisioning firmware on loaded devices", eg_cmd_run, targets_help, NULL},
    {"host", "verify", "TARGET..", "Challenge provisioned devices: do they hold what was issued?", eg_cmd_verify, targets_help, NULL},
    {"host", "unclaim", "[TARGET]", "Take devices out of their group", eg_cmd_unclaim, targets_help, NULL},
    {"host", "claim", "inject TARGET..", "Put a claim code on devices before they ship", eg_cmd_claim, claim_help, NULL},

    {"fab", "make", "", "Make chips and the sealed manifest of their roots of trust", eg_cmd_fab_make, NULL, NULL},
    {"fab", "export", "CHIP", "Write a chip's root of trust for NXP's agent on its simulated platform", eg_cmd_fab_export, export_help, NULL},
    {"fab", "cert", "", "Get the service's certificate that manifests are sealed to", eg_cmd_get_pem, NULL, "/api/v1/roots-of-trust/certificate"},
    {"fab", "enroll", "SIGNER.pem", "Tell the service whose manifests to trust", eg_cmd_fab_enroll, NULL, NULL},
    {"fab", "signers", "", "List whose manifests the service trusts", eg_cmd_admin, NULL, &eg_admin_signer_list},
    {"fab", "upload", "MANIFEST", "Hand a manifest of roots of trust to the service", eg_cmd_fab_upload, NULL, NULL},

    {"server", "status", "", "Is the service well?", eg_cmd_admin, NULL, &eg_admin_status},
    {"product", "create", "", "Make a product", eg_cmd_admin, NULL, &eg_admin_product_create},
    {"product", "list", "", "List products", eg_cmd_admin, NULL, &eg_admin_product_list},
    {"group", "create", "", "Make a device group of a product", eg_cmd_admin, NULL, &eg_admin_group_create},
    {"group", "list", "", "List the device groups of a product", eg_cmd_admin, NULL, &eg_admin_group_list},
    {"group", "show", "GROUP", "Show a device group", eg_cmd_admin, NULL, &eg_admin_group_show},
    {"ca", "create-root", "", "Make a hosted root CA", eg_cmd_admin, NULL, &eg_admin_ca_root},
    {"ca", "create-intermediate", "", "Make a hosted intermediate CA", eg_cmd_admin, NULL, &eg_admin_ca_intermediate},
    {"ca", "list", "", "List CAs", eg_cmd_admin, NULL, &eg_admin_ca_list},
    {"ca", "show", "CA", "Show a CA", eg_cmd_admin, NULL, &eg_admin_ca_show},
    {"ca", "chain", "CA", "Get the certificates of a CA up to its root as PEM", eg_cmd_get_pem, NULL, "/api/v1/rtp/certificate-authorities/{1}/chain"},
    {"ca", "csr", "CA", "Get the certificate request of a CA as PEM", eg_cmd_get_pem, NULL, "/api/v1/rtp/certificate-authorities/{1}/csr"},
    {"ca", "delete", "CA", "Delete a CA that nothing refers to", eg_cmd_admin, NULL, &eg_admin_ca_delete},
    {"matter", "setup", "GROUP", "Key pair, DAC, PAI and Certification Declaration for a device group", eg_cmd_admin, NULL, &eg_admin_matter_setup},
    {"object", "create", "FILE.json", "Make a secure object from a JSON file", eg_cmd_object_create, "The members of the file are those of docs/protocol/rest.md, \"Secure objects\".", NULL},
    {"object", "list", "", "List secure objects", eg_cmd_admin, NULL, &eg_admin_object_list},
    {"object", "show", "OBJECT", "Show a secure object", eg_cmd_admin, NULL, &eg_admin_object_show},
    {"object", "delete", "OBJECT", "Delete a secure object", eg_cmd_admin, NULL, &eg_admin_object_delete},
    {"object", "assign", "OBJECT GROUP", "Assign a secure object to a device group", eg_cmd_admin, NULL, &eg_admin_object_assign},
    {"device", "list", "", "List or search devices", eg_cmd_admin, NULL, &eg_admin_device_list},
    {"device", "show", "ID", "Show a device with its state and history", eg_cmd_admin, NULL, &eg_admin_device_show},
    {"device", "revoke", "ID", "Revoke the certificates of a device", eg_cmd_admin, NULL, &eg_admin_device_revoke},

    {"secret", "cert", "", "Get the service's certificate that secrets are sealed to", eg_cmd_get_pem, NULL, "/api/v1/rtp/secret-import-certificate"},
    {"secret", "seal", "", "Seal a secret so that only the service's vault can open it", eg_cmd_seal, NULL, NULL},
};
/* clang-format on */
const size_t eg_verb_count = sizeof eg_verbs / sizeof eg_verbs[0];

/* SPDX-License-Identifier: Apache-2.0 */
#include "host/cli/admin.h"

/* clang-format off */
const struct eg_admin eg_admin_status = {
    .method = "GET", .path = "/healthz"};

const struct eg_admin eg_admin_product_create = {
    .method = "POST", .path = "/api/v1/products",
    .fields = {
        {"nc12", "12NC", EG_ADMIN_NUMBER, "nc12", true, "12-digit number of the product"},
        {"name", "TEXT", EG_ADMIN_TEXT, "name", true, "name for people"},
        {"family", "NAME", EG_ADMIN_TEXT, "family", true, "chip family (engrave host template --list)"}}};

const struct eg_admin eg_admin_product_list = {
    .method = "GET", .path = "/api/v1/products", .list = true,
    .columns = {{"12NC", "nc12", 14}, {"FAMILY", "family", 12}, {"NAME", "name", 30}}};

const struct eg_admin eg_admin_group_create = {
    .method = "POST", .path = "/api/v1/products/{nc12}/device-groups",
    .fields = {
        {"nc12", "12NC", EG_ADMIN_PATH, NULL, true, "product"},
        {"name", "TEXT", EG_ADMIN_TEXT, "deviceGroupName", true, "name for people"},
        {"quota", "N", EG_ADMIN_NUMBER, "quota", false, "how many devices it may ever take (default: any)"},
        {"life-cycle", "LC", EG_ADMIN_TEXT, "lifeCycle", false, "OPEN, CLOSED or LOCKED after provisioning (default OPEN)"}}};

const struct eg_admin eg_admin_group_list = {
    .method = "GET", .path = "/api/v1/products/{nc12}/device-groups", .list = true,
    .fields = {{"nc12", "12NC", EG_ADMIN_PATH, NULL, true, "product"}},
    .columns = {{"ID", "id", 8}, {"LIFE CYCLE", "lifeCycle", 11}, {"USED", "quotaUsed", 8},
                {"QUOTA", "quota", 8}, {"NAME", "deviceGroupName", 30}}};

const struct eg_admin eg_admin_group_show = {
    .method = "GET", .path = "/api/v1/products/{nc12}/device-groups/{1}", .args = 1,
    .fields = {{"nc12", "12NC", EG_ADMIN_PATH, NULL, true, "product"}}};

const struct eg_admin eg_admin_ca_root = {
    .method = "POST", .path = "/api/v1/rtp/root-cas",
    .fields = {
        {"name", "TEXT", EG_ADMIN_TEXT, "name", true, "common name of the CA"},
        {"algorithm", "ALG", EG_ADMIN_TEXT, "algorithm", false, "NIST_P256, NIST_P384, RSA_3072, RSA_4096"},
        {"organization", "TEXT", EG_ADMIN_TEXT, "organization", false, "organization in its name"},
        {"years", "N", EG_ADMIN_NUMBER, "validityYears", false, "how long it is valid"}}};

const struct eg_admin eg_admin_ca_intermediate = {
    .method = "POST", .path = "/api/v1/rtp/intermediate-cas",
    .fields = {
        {"name", "TEXT", EG_ADMIN_TEXT, "name", true, "name of the CA"},
        {"algorithm", "ALG", EG_ADMIN_TEXT, "algorithm", false, "NIST_P256, NIST_P384, RSA_3072, RSA_4096"},
        {"prefix", "TEXT", EG_ADMIN_TEXT, "prefix", false, "prefix of its common name"},
        {"issuer", "ID", EG_ADMIN_NUMBER, "issuerCaId", false, "CA above it (default: the hosted root)"}}};

const struct eg_admin eg_admin_ca_list = {
    .method = "GET", .path = "/api/v1/rtp/certificate-authorities", .list = true,
    .columns = {{"ID", "id", 8}, {"KIND", "kind", 14}, {"ALGORITHM", "algorithm", 12}, {"NAME", "name", 40}}};

const struct eg_admin eg_admin_ca_show = {
    .method = "GET", .path = "/api/v1/rtp/certificate-authorities/{1}", .args = 1};

const struct eg_admin eg_admin_ca_delete = {
    .method = "DELETE", .path = "/api/v1/rtp/certificate-authorities/{1}", .args = 1};

const struct eg_admin eg_admin_matter_setup = {
    .method = "POST", .path = "/api/v1/products/{nc12}/device-groups/{1}/matter", .args = 1,
    .fields = {
        {"nc12", "12NC", EG_ADMIN_PATH, NULL, true, "product"},
        {"vendor", "HEX4", EG_ADMIN_TEXT, "vendorId", true, "vendor id, 4 digits 0-9A-F"},
        {"product", "HEX4", EG_ADMIN_TEXT, "productId", true, "product id, 4 digits 0-9A-F"},
        {"pai", "CA", EG_ADMIN_NUMBER, "paiCaId", false, "CA with profile matter-pai (default: one for test)"},
        {"declaration", "BASE64", EG_ADMIN_TEXT, "certificationDeclaration", false, "signed declaration (default: one for test)"},
        {"device-type", "N", EG_ADMIN_NUMBER, "deviceTypeId", false, "device type of a declaration for test"}}};

const struct eg_admin eg_admin_object_list = {
    .method = "GET", .path = "/api/v1/rtp/secure-objects", .list = true,
    .columns = {{"ID", "id", 8}, {"OBJECT ID", "definition.objectId", 12}, {"TYPE", "secureObjectType", 22}, {"NAME", "name", 40}}};

const struct eg_admin eg_admin_object_show = {
    .method = "GET", .path = "/api/v1/rtp/secure-objects/{1}", .args = 1};

const struct eg_admin eg_admin_object_delete = {
    .method = "DELETE", .path = "/api/v1/rtp/secure-objects/{1}", .args = 1};

const struct eg_admin eg_admin_object_assign = {
    .method = "POST", .path = "/api/v1/rtp/secure-objects/{1}/assign-device-group", .args = 2,
    .fields = {{"hardware-family", "NAME", EG_ADMIN_TEXT, "productHardwareFamilyType", false, "MCXN, RW6, ... (default: the product's)"}},
    .argument_member = "deviceGroupId"};

const struct eg_admin eg_admin_device_list = {
    .method = "GET", .path = "/api/v1/devices", .list = true,
    .fields = {
        {"search", "TEXT", EG_ADMIN_QUERY, "search", false, "start of the id, hexadecimal or decimal"},
        {"group", "ID", EG_ADMIN_QUERY, "group", false, "device group"},
        {"state", "STATE", EG_ADMIN_QUERY, "state", false, "state of the device"},
        {"family", "NAME", EG_ADMIN_QUERY, "family", false, "chip family"}},
    .columns = {{"UUID", "hexId", 33}, {"FAMILY", "family", 10}, {"GROUP", "deviceGroupId", 7}, {"STATE", "state", 24}}};

const struct eg_admin eg_admin_device_show = {
    .method = "GET", .path = "/api/v1/devices/{1}", .args = 1, .argument_is_uuid = true};

const struct eg_admin eg_admin_device_revoke = {
    .method = "POST", .path = "/api/v1/devices/{1}/revoke-certificates", .args = 1, .argument_is_uuid = true,
    .fields = {
        {"reason", "WORD", EG_ADMIN_TEXT, "reason", false, "keyCompromise, superseded, cessationOfOperation, ..."},
        {"serial", "HEX", EG_ADMIN_TEXT, "serialNumber", false, "one certificate (default: all of them)"}}};

const struct eg_admin eg_admin_signer_list = {
    .method = "GET", .path = "/api/v1/roots-of-trust/signers", .list = true,
    .columns = {{"ID", "id", 8}, {"NAME", "name", 40}}};
/* clang-format on */

/* SPDX-License-Identifier: Apache-2.0 */
#include "server/store/migrations.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/text.h"

enum { MIGRATION_TEXT_MAX = 16 * 1024 };

static const char step_1[] =
    "CREATE TABLE company (id {ID}, name {TEXT} NOT NULL UNIQUE, created_s {INT} NOT NULL){STRICT};"

    "CREATE TABLE api_key (id {ID}, company_id {INT} NOT NULL REFERENCES company (id),"
    " role {INT} NOT NULL, expires_s {INT} NOT NULL, created_s {INT} NOT NULL,"
    " revoked {INT} NOT NULL, name {TEXT} NOT NULL, hash {BLOB} NOT NULL UNIQUE,"
    " UNIQUE (company_id, name)){STRICT};"

    "CREATE TABLE service_key (id {ID}, company_id {INT} NOT NULL REFERENCES company (id),"
    " purpose {INT} NOT NULL, created_s {INT} NOT NULL, wrapped {BLOB} NOT NULL,"
    " certificate {BLOB} NOT NULL, UNIQUE (company_id, purpose)){STRICT};"

    "CREATE TABLE manifest_signer (id {ID}, company_id {INT} NOT NULL REFERENCES company (id),"
    " created_s {INT} NOT NULL, name {TEXT} NOT NULL, fingerprint {BLOB} NOT NULL,"
    " certificate {BLOB} NOT NULL, UNIQUE (company_id, name),"
    " UNIQUE (company_id, fingerprint)){STRICT};"

    "CREATE TABLE manifest (id {ID}, company_id {INT} NOT NULL REFERENCES company (id),"
    " signer_id {INT} NOT NULL, total {INT} NOT NULL, added {INT} NOT NULL,"
    " created_s {INT} NOT NULL, family {TEXT} NOT NULL){STRICT};"

    "CREATE TABLE product (id {ID}, company_id {INT} NOT NULL REFERENCES company (id),"
    " nc12 {INT} NOT NULL, created_s {INT} NOT NULL, name {TEXT} NOT NULL,"
    " family {TEXT} NOT NULL, UNIQUE (company_id, nc12)){STRICT};"

    "CREATE TABLE device_group (id {ID}, company_id {INT} NOT NULL REFERENCES company (id),"
    " product_id {INT} NOT NULL REFERENCES product (id), quota {INT}, quota_used {INT} NOT NULL,"
    " life_cycle {INT} NOT NULL, set_id {INT} NOT NULL, created_s {INT} NOT NULL,"
    " name {TEXT} NOT NULL, UNIQUE (product_id, name)){STRICT};"

    "CREATE TABLE certificate_authority (id {ID},"
    " company_id {INT} NOT NULL REFERENCES company (id), kind {INT} NOT NULL,"
    " issuer_id {INT} REFERENCES certificate_authority (id), is_default {INT} NOT NULL,"
    " created_s {INT} NOT NULL, name {TEXT} NOT NULL, algorithm {TEXT} NOT NULL,"
    " options {TEXT} NOT NULL, wrapped {BLOB} NOT NULL, certificate {BLOB} NOT NULL,"
    " UNIQUE (company_id, name)){STRICT};"
    "CREATE UNIQUE INDEX certificate_authority_default ON certificate_authority (company_id)"
    " WHERE is_default = 1;"

    "CREATE TABLE secure_object (id {ID}, company_id {INT} NOT NULL REFERENCES company (id),"
    " version {INT} NOT NULL, object_id {INT} NOT NULL,"
    " key_pair_id {INT} REFERENCES secure_object (id),"
    " ca_id {INT} REFERENCES certificate_authority (id), created_s {INT} NOT NULL,"
    " name {TEXT} NOT NULL, type {TEXT} NOT NULL, definition {TEXT} NOT NULL,"
    " wrapped {BLOB} NOT NULL, UNIQUE (company_id, name)){STRICT};"
    "CREATE INDEX secure_object_key_pair ON secure_object (key_pair_id)"
    " WHERE key_pair_id IS NOT NULL;"

    "CREATE TABLE assignment (group_id {INT} NOT NULL REFERENCES device_group (id),"
    " object_id {INT} NOT NULL REFERENCES secure_object (id),"
    " PRIMARY KEY (group_id, object_id)){CLUSTERED};"
    "CREATE INDEX assignment_object ON assignment (object_id);"

    "CREATE TABLE object_set (id {ROW}, items {BLOB} NOT NULL UNIQUE){STRICT};"

    /* Hot tables: no foreign keys; ids only come from look-ups in the same transaction. */
    "CREATE TABLE device (id {ROW}, company_id {INT} NOT NULL, manifest_id {INT} NOT NULL,"
    " group_id {INT}, state {INT} NOT NULL, created_s {INT} NOT NULL, family {TEXT} NOT NULL,"
    " uuid {BLOB} NOT NULL UNIQUE, wrapped_root {BLOB} NOT NULL, root_tag {BLOB} NOT NULL,"
    " connection_key {BLOB} NOT NULL, attestation_key {BLOB} NOT NULL){STRICT};"

    "CREATE TABLE member (group_id {INT} NOT NULL, device_id {INT} NOT NULL,"
    " created_s {INT} NOT NULL, actor {INT} NOT NULL,"
    " PRIMARY KEY (group_id, device_id)){CLUSTERED};"

    "CREATE TABLE job (id {ROW}, company_id {INT} NOT NULL, group_id {INT} NOT NULL,"
    " set_id {INT} NOT NULL, state {INT} NOT NULL, total {INT} NOT NULL, todo {INT} NOT NULL,"
    " done {INT} NOT NULL, failed {INT} NOT NULL, chunks_done {INT} NOT NULL,"
    " lease_until_s {INT} NOT NULL, created_s {INT} NOT NULL, node {TEXT} NOT NULL,"
    " uuid {TEXT} NOT NULL UNIQUE, devices {BLOB} NOT NULL){STRICT};"
    "CREATE INDEX job_open ON job (id) WHERE state = 1;"

    "CREATE TABLE provisioning (id {ROW}, device_id {INT} NOT NULL, group_id {INT} NOT NULL,"
    " set_id {INT} NOT NULL, state {INT} NOT NULL, created_s {INT} NOT NULL,"
    " body {BLOB} NOT NULL, UNIQUE (device_id, group_id, set_id)){STRICT};"

    "CREATE TABLE device_event (id {ROW}, device_id {INT} NOT NULL, at_s {INT} NOT NULL,"
    " kind {INT} NOT NULL, group_id {INT} NOT NULL, actor {INT} NOT NULL,"
    " detail {TEXT} NOT NULL){STRICT};"
    "CREATE INDEX device_event_device ON device_event (device_id);";

/* Idempotency-Keys; scope and last use of API keys; earlier versions of secure objects. */
static const char step_2[] =
    "ALTER TABLE api_key ADD COLUMN scope_nc12 {INT} NOT NULL DEFAULT 0;"
    "ALTER TABLE api_key ADD COLUMN scope_group {INT} NOT NULL DEFAULT 0;"
    "ALTER TABLE api_key ADD COLUMN last_used_s {INT} NOT NULL DEFAULT 0;"

    "CREATE TABLE request_memo (actor {INT} NOT NULL, created_s {INT} NOT NULL,"
    " key_hash {BLOB} NOT NULL, request_hash {BLOB} NOT NULL, answer {BLOB} NOT NULL,"
    " PRIMARY KEY (actor, key_hash)){CLUSTERED};"
    "CREATE INDEX request_memo_created ON request_memo (created_s);"

    "CREATE TABLE secure_object_version (object_id {INT} NOT NULL, version {INT} NOT NULL,"
    " definition {TEXT} NOT NULL, wrapped {BLOB} NOT NULL, PRIMARY KEY (object_id, version))"
    "{CLUSTERED};";

/* CAs certified outside, revocation and CRLs; groups that test roots may not enter. */
static const char step_3[] =
    "ALTER TABLE certificate_authority ADD COLUMN state {INT} NOT NULL DEFAULT 0;"
    "ALTER TABLE certificate_authority ADD COLUMN csr {BLOB};"
    "ALTER TABLE certificate_authority ADD COLUMN revision {INT} NOT NULL DEFAULT 0;"
    "ALTER TABLE certificate_authority ADD COLUMN crl_number {INT} NOT NULL DEFAULT 0;"
    "ALTER TABLE device_group ADD COLUMN production {INT} NOT NULL DEFAULT 0;"

    "CREATE TABLE revocation (id {ROW},"
    " ca_id {INT} NOT NULL REFERENCES certificate_authority (id), device_id {INT} NOT NULL,"
    " actor {INT} NOT NULL, revoked_s {INT} NOT NULL, reason {INT} NOT NULL,"
    " serial {BLOB} NOT NULL, UNIQUE (ca_id, serial)){STRICT};"

    "CREATE TABLE crl (ca_id {INT} PRIMARY KEY REFERENCES certificate_authority (id),"
    " number {INT} NOT NULL, revision {INT} NOT NULL, next_update_s {INT} NOT NULL,"
    " der {BLOB} NOT NULL){STRICT};";

/* Lists of devices by each filter, in an order that a page can be found by. */
static const char step_lists[] =
    "CREATE INDEX device_company ON device (company_id, uuid);"
    "CREATE INDEX device_family ON device (company_id, family, id);"
    "CREATE INDEX device_state ON device (company_id, state, group_id, id);";

/* The cloud flow (store_cloud.h, store_claim.h). flows: bits of enum eg_flow. cloud_epoch moves
 * when something else than the set of objects changes for all members of a group. */
static const char step_cloud[] =
    "ALTER TABLE device_group ADD COLUMN flows {INT} NOT NULL DEFAULT 3;"
    "ALTER TABLE device_group ADD COLUMN cloud_epoch {INT} NOT NULL DEFAULT 0;"

    "CREATE TABLE set_variant (base_id {INT} NOT NULL, variant {INT} NOT NULL,"
    " set_id {INT} NOT NULL UNIQUE, PRIMARY KEY (base_id, variant)){CLUSTERED};"

    "CREATE TABLE claim_code (id {ID}, company_id {INT} NOT NULL REFERENCES company (id),"
    " group_id {INT} NOT NULL REFERENCES device_group (id), behavior {INT} NOT NULL,"
    " policy {INT} NOT NULL, reusable {INT} NOT NULL, device_limit {INT} NOT NULL,"
    " device_count {INT} NOT NULL, used {INT} NOT NULL, refused {INT} NOT NULL,"
    " noticed {INT} NOT NULL, length {INT} NOT NULL, agents {INT} NOT NULL,"
    " expires_s {INT} NOT NULL, revoked_s {INT} NOT NULL, created_s {INT} NOT NULL,"
    " last_used_s {INT} NOT NULL, actor {INT} NOT NULL, name {TEXT} NOT NULL,"
    " batch {TEXT} NOT NULL, hash {BLOB} NOT NULL UNIQUE, UNIQUE (group_id, name)){STRICT};"
    "CREATE INDEX claim_code_company ON claim_code (company_id, id);"

    "CREATE TABLE claim_use (code_id {INT} NOT NULL, device_id {INT} NOT NULL,"
    " first_s {INT} NOT NULL, last_s {INT} NOT NULL, uses {INT} NOT NULL,"
    " PRIMARY KEY (code_id, device_id)){CLUSTERED};"
    "CREATE INDEX claim_use_device ON claim_use (device_id);"

    "CREATE TABLE device_cloud (device_id {INT} PRIMARY KEY, company_id {INT} NOT NULL,"
    " retired_s {INT} NOT NULL DEFAULT 0, binding {INT} NOT NULL DEFAULT 0,"
    " remove_claim {INT} NOT NULL DEFAULT 0, claim_failures {INT} NOT NULL DEFAULT 0,"
    " locked_until_s {INT} NOT NULL DEFAULT 0, first_contact_s {INT} NOT NULL DEFAULT 0,"
    " last_contact_s {INT} NOT NULL DEFAULT 0, last_success_s {INT} NOT NULL DEFAULT 0,"
    " sessions {INT} NOT NULL DEFAULT 0, failures {INT} NOT NULL DEFAULT 0,"
    " update_status {INT} NOT NULL DEFAULT 0, claim_status {INT} NOT NULL DEFAULT 0,"
    " rtp_status {INT} NOT NULL DEFAULT 0, csp_status {INT} NOT NULL DEFAULT 0,"
    " agent_version {INT} NOT NULL DEFAULT 0, held_group {INT} NOT NULL DEFAULT 0,"
    " held_set {INT} NOT NULL DEFAULT 0, held_epoch {INT} NOT NULL DEFAULT 0,"
    " want_epoch {INT} NOT NULL DEFAULT 0, recheck_s {INT} NOT NULL DEFAULT 0,"
    " expires_s {INT} NOT NULL DEFAULT 0, address {TEXT} NOT NULL DEFAULT '',"
    " correlation {TEXT} NOT NULL DEFAULT '', facts {BLOB}, services_hash {BLOB},"
    " connection_hash {BLOB}){STRICT};"
    "CREATE INDEX device_cloud_expires ON device_cloud (company_id, expires_s);"

    "CREATE TABLE device_object (device_id {INT} NOT NULL, chip_id {INT} NOT NULL,"
    " object_id {INT} NOT NULL, version {INT} NOT NULL, generation {INT} NOT NULL,"
    " state {INT} NOT NULL, psa_status {INT} NOT NULL, rtp_status {INT} NOT NULL,"
    " expires_s {INT} NOT NULL, updated_s {INT} NOT NULL, confirmed_s {INT} NOT NULL,"
    " PRIMARY KEY (device_id, chip_id)){CLUSTERED};"
    "CREATE INDEX device_object_object ON device_object (object_id);"

    "CREATE TABLE alarm (id {ROW}, company_id {INT} NOT NULL, kind {INT} NOT NULL,"
    " state {INT} NOT NULL, device_id {INT} NOT NULL, count {INT} NOT NULL,"
    " first_s {INT} NOT NULL, last_s {INT} NOT NULL, address {TEXT} NOT NULL,"
    " detail {TEXT} NOT NULL, uuid {BLOB} NOT NULL, spki {BLOB} NOT NULL,"
    " subject {BLOB} NOT NULL, UNIQUE (company_id, kind, uuid, address)){STRICT};"

    "CREATE TABLE service_event (id {ROW}, company_id {INT} NOT NULL, group_id {INT} NOT NULL,"
    " device_id {INT} NOT NULL, kind {INT} NOT NULL, at_s {INT} NOT NULL,"
    " detail {TEXT} NOT NULL){STRICT};"
    "CREATE INDEX service_event_company ON service_event (company_id, id);";

/* CRLs in shards, and the keys that answer OCSP requests. */
static const char step_shards[] =
    "ALTER TABLE certificate_authority ADD COLUMN shard {INT} NOT NULL DEFAULT 0;"
    "ALTER TABLE certificate_authority ADD COLUMN shard_used {INT} NOT NULL DEFAULT 0;"
    "ALTER TABLE revocation ADD COLUMN shard {INT} NOT NULL DEFAULT 0;"
    "CREATE INDEX revocation_shard ON revocation (ca_id, shard) WHERE shard > 0;"

    "CREATE TABLE crl_shard (id {ROW},"
    " ca_id {INT} NOT NULL REFERENCES certificate_authority (id), shard {INT} NOT NULL,"
    " revision {INT} NOT NULL, last_number {INT} NOT NULL, number {INT} NOT NULL,"
    " crl_revision {INT} NOT NULL, next_update_s {INT} NOT NULL, der {BLOB},"
    " UNIQUE (ca_id, shard)){STRICT};"

    "CREATE TABLE ocsp_responder ("
    " ca_id {INT} PRIMARY KEY REFERENCES certificate_authority (id),"
    " not_before_s {INT} NOT NULL, not_after_s {INT} NOT NULL, wrapped {BLOB} NOT NULL,"
    " certificate {BLOB} NOT NULL){STRICT};";

/* Bodies are sealed: trying to compress one costs the server as much as storing it. */
static const char step_bodies[] = "{AS_IT_IS}";

/* Keys kept fresh in the field: rollouts, services, connection data, renewals, decommission. */
static const char step_life[] =
    "ALTER TABLE device_group ADD COLUMN rollout_id {INT} NOT NULL DEFAULT 0;"
    "ALTER TABLE device_group ADD COLUMN rollout_state {INT} NOT NULL DEFAULT 0;"
    "ALTER TABLE device_group ADD COLUMN rollout_from {INT} NOT NULL DEFAULT 0;"
    "ALTER TABLE device_group ADD COLUMN rollout_percent {INT} NOT NULL DEFAULT 0;"
    "ALTER TABLE device_cloud ADD COLUMN retiring_s {INT} NOT NULL DEFAULT 0;"

    "CREATE TABLE rollout (id {ID}, company_id {INT} NOT NULL REFERENCES company (id),"
    " group_id {INT} NOT NULL REFERENCES device_group (id), state {INT} NOT NULL,"
    " percent {INT} NOT NULL, failures_max {INT} NOT NULL, failures_percent {INT} NOT NULL,"
    " updated {INT} NOT NULL, failed {INT} NOT NULL, created_s {INT} NOT NULL,"
    " changed_s {INT} NOT NULL, actor {INT} NOT NULL, name {TEXT} NOT NULL,"
    " why {TEXT} NOT NULL){STRICT};"
    "CREATE INDEX rollout_group ON rollout (group_id);"
    "CREATE TABLE rollout_canary (rollout_id {INT} NOT NULL, device_id {INT} NOT NULL,"
    " PRIMARY KEY (rollout_id, device_id)){CLUSTERED};"
    "CREATE TABLE rollout_result (rollout_id {INT} NOT NULL, device_id {INT} NOT NULL,"
    " failed {INT} NOT NULL, at_s {INT} NOT NULL,"
    " PRIMARY KEY (rollout_id, device_id)){CLUSTERED};"

    "CREATE TABLE service_descriptor (id {ID}, company_id {INT} NOT NULL REFERENCES company (id),"
    " group_id {INT} NOT NULL REFERENCES device_group (id), created_s {INT} NOT NULL,"
    " changed_s {INT} NOT NULL, name {TEXT} NOT NULL, definition {TEXT} NOT NULL,"
    " UNIQUE (group_id, name)){STRICT};"

    "CREATE TABLE connection_data (company_id {INT} NOT NULL, group_id {INT} NOT NULL,"
    " port {INT} NOT NULL, changed_s {INT} NOT NULL, host {TEXT} NOT NULL, roots {BLOB} NOT NULL,"
    " PRIMARY KEY (company_id, group_id)){CLUSTERED};"

    "CREATE TABLE renewal (id {ROW}, device_id {INT} NOT NULL, object_id {INT} NOT NULL,"
    " version {INT} NOT NULL, generation {INT} NOT NULL, state {INT} NOT NULL,"
    " created_s {INT} NOT NULL, changed_s {INT} NOT NULL, body {BLOB} NOT NULL,"
    " UNIQUE (device_id, object_id, generation)){STRICT};";

/* Objects that moved from a CA to its successor; version: the first under the new one. */
static const char step_rotation[] =
    "CREATE TABLE ca_moved (ca_id {INT} NOT NULL, object_id {INT} NOT NULL,"
    " version {INT} NOT NULL, successor_id {INT} NOT NULL, moved_s {INT} NOT NULL,"
    " PRIMARY KEY (ca_id, object_id)){CLUSTERED};";

/* Devices whose last session failed: a list of its own, not a walk over all that ever connected. */
static const char step_failed[] =
    "CREATE INDEX device_cloud_failed ON device_cloud (company_id, device_id)"
    " WHERE update_status >= 16;";

/* Devices of a group that never connected, and devices by when a certificate of theirs ends: in an
 * order that a page can be found by. contacted: a session of the device was noted. + 0 makes the id
 * a value of these indexes alone: PostgreSQL then finds that order nowhere else, and walks them. */
static const char step_walks[] =
    "ALTER TABLE device ADD COLUMN contacted {INT} NOT NULL DEFAULT 0;"
    "UPDATE device SET contacted = 1 WHERE id IN"
    " (SELECT device_id FROM device_cloud WHERE last_contact_s > 0);"
    "CREATE INDEX device_waiting ON device (company_id, group_id, (id + 0))"
    " WHERE contacted = 0 AND group_id IS NOT NULL;"
    "DROP INDEX device_cloud_expires;"
    "CREATE INDEX device_cloud_expiry ON device_cloud (company_id, expires_s, (device_id + 0));";

/* What could not be made for a device in a session of its own, and when to try again. */
static const char step_makes[] =
    "CREATE TABLE make_failed (device_id {INT} NOT NULL, variant {INT} NOT NULL,"
    " group_id {INT} NOT NULL, set_id {INT} NOT NULL, epoch {INT} NOT NULL,"
    " failures {INT} NOT NULL, retry_s {INT} NOT NULL,"
    " PRIMARY KEY (device_id, variant)){CLUSTERED};";

static const char *const steps[] = {step_1,        step_2,      step_3,      step_lists,
                                    step_cloud,    step_shards, step_bodies, step_life,
                                    step_rotation, step_failed, step_walks,  step_makes};

const uint32_t eg_schema_newest = sizeof steps / sizeof steps[0];

static const char meta_table[] =
    "CREATE TABLE IF NOT EXISTS meta (name {TEXT} PRIMARY KEY, value {BLOB} NOT NULL){STRICT}";

struct token {
    const char *name;
    const char *value;
};

/* Replace {WORDS}; an unknown one is our mistake. */
static eg_status expand(const struct eg_db_dialect *d, const char *text, char *out, size_t room)
{
    const struct token tokens[] = {{"{ID}", d->id},
                                   {"{ROW}", d->row},
                                   {"{INT}", d->int_type},
                                   {"{TEXT}", d->text},
                                   {"{BLOB}", d->blob},
                                   {"{STRICT}", d->strict},
                                   {"{CLUSTERED}", d->clustered},
                                   {"{AS_IT_IS}", d->as_it_is}};
    struct eg_writer w;

    eg_writer_init(&w, out, room - 1);
    while (*text != '\0') {
        size_t i = 0;

        if (*text != '{') {
            eg_writer_u8(&w, (uint8_t)*text++);
            continue;
        }
        while (i < sizeof tokens / sizeof tokens[0] &&
               strncmp(text, tokens[i].name, strlen(tokens[i].name)) != 0) {
            i++;
        }
        if (i == sizeof tokens / sizeof tokens[0]) {
            return EG_ERR(INTERNAL);
        }
        eg_writer_str(&w, tokens[i].value);
        text += strlen(tokens[i].name);
    }
    out[w.len] = '\0';
    return w.status;
}

static eg_status exec_expanded(struct eg_db *db, const char *text)
{
    char sql[MIGRATION_TEXT_MAX];

    EG_TRY(expand(eg_db_dialect(db), text, sql, sizeof sql));
    return eg_db_exec(db, sql);
}

static eg_status read_version(struct eg_db *db, uint32_t *out)
{
    struct eg_arg name = eg_arg_text("schema");
    uint64_t version = 0;
    eg_status st = EG_OK;
    bool row;

    EG_TRY(eg_db_query(db, EG_SQL_META_GET, &name, 1));
    EG_TRY(eg_db_step(db, &row));
    if (row) {
        st = eg_number_parse(eg_db_bytes(db, 0), UINT32_MAX, &version);
    }
    eg_db_reset(db);
    *out = (uint32_t)version;
    return eg_ok(st) ? EG_OK : EG_ERR(STORE_SCHEMA);
}

static eg_status write_version(struct eg_db *db, uint32_t version)
{
    char text[16];
    int len = snprintf(text, sizeof text, "%u", version);
    struct eg_arg args[] = {eg_arg_text("schema"), eg_arg_bytes(eg_span(text, (size_t)len))};

    return eg_db_run(db, EG_SQL_META_SET, args, 2, NULL);
}

/* One step, or none when there is nothing left to do. *found is what it was at before. */
static eg_status step_locked(struct eg_db *db, uint32_t target, uint32_t *found)
{
    const char *lock = eg_db_dialect(db)->lock_schema;

    if (*lock != '\0') {
        EG_TRY(eg_db_exec(db, lock));
    }
    EG_TRY(exec_expanded(db, meta_table));
    EG_TRY(read_version(db, found));
    if (*found > eg_schema_newest) {
        return EG_ERR(STORE_SCHEMA);
    }
    if (*found >= target) {
        return EG_OK;
    }
    EG_TRY(exec_expanded(db, steps[*found]));
    return write_version(db, *found + 1);
}

static eg_status one_step(struct eg_db *db, uint32_t target, uint32_t *found)
{
    eg_status st;

    EG_TRY(eg_db_begin(db));
    st = step_locked(db, target, found);
    if (!eg_ok(st)) {
        eg_db_rollback(db);
        return st;
    }
    return eg_db_commit(db);
}

eg_status eg_schema_migrate_to(struct eg_db *db, uint32_t target, uint32_t *out_version)
{
    uint32_t found, first = UINT32_MAX;

    do {
        EG_TRY(one_step(db, target, &found));
        first = found < first ? found : first;
    } while (found < target);
    if (out_version != NULL) {
        *out_version = first;
    }
    return EG_OK;
}

eg_status eg_schema_migrate(struct eg_db *db, uint32_t *out_version)
{
    return eg_schema_migrate_to(db, eg_schema_newest, out_version);
}

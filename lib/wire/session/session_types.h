/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_WIRE_SESSION_SESSION_TYPES_H
#define EG_LIB_WIRE_SESSION_SESSION_TYPES_H
/** Numbers of the device session that both sides need (docs/protocol/device-session.md). */

/** Kinds of endpoints. Keystores are 10..49, datastores 50..99. */
enum {
    EG_ENDPOINT_AGENT = 1,
    EG_ENDPOINT_KEYS_SE05X = 11,
    EG_ENDPOINT_KEYS_PSA = 21,
    EG_ENDPOINT_STORE_FILE = 50,
    EG_ENDPOINT_STORE_MEMORY = 51,
};

/** Fixed ids. */
#define EG_SESSION_CONNECTION_STORE 0x70000000u /* datastore that says where to dial */
#define EG_SESSION_CLAIM_OBJECT     0xF00000E0u /* storage object with the claim blob */

/** Limits and defaults, in bytes unless named otherwise. */
enum {
    EG_SESSION_PREFIX_MAX = 5,        /* length before a message, as this project writes it */
    EG_SESSION_BUFFER_DEFAULT = 1024, /* of a device whose hello names none */
    EG_SESSION_ENDPOINTS_MAX = 8,     /* endpoints in one hello */
    EG_SESSION_CORRELATION_MAX = 36,  /* characters of a correlation id */
    EG_SESSION_KEY_FORMAT_S50 = 1,    /* the one key data format */
    EG_SESSION_VERSION_1_0_0 = 0x00010000,
};

/** Room to plan for one answer of a device, beyond the bytes that it carries. */
enum {
    EG_SESSION_ANSWER_STATUS = 18, /* destroy, import, allocate, write, commit, remove */
    EG_SESSION_ANSWER_READ_OBJECT = 25,
    EG_SESSION_ANSWER_READ_STORE = 21,
    EG_SESSION_ANSWER_CRL = 12,
    EG_SESSION_ANSWER_VERSION = 40,
    EG_SESSION_ANSWER_HELLO = 320,
};

/** engrave_features of hello: what this project's own agent can do beyond the common protocol. */
enum {
    EG_SESSION_FEATURE_LONG_CLAIM = 1 << 0,  /* claim codes up to 255 characters */
    EG_SESSION_FEATURE_RETRY_AFTER = 1 << 1, /* honours retry_after of the report */
    EG_SESSION_FEATURE_CRL_ERROR = 1 << 2,   /* answers a bad CRL before it closes */
    EG_SESSION_FEATURE_FALLBACK = 1 << 3,    /* keeps old connection data until new data worked */
};

/** Operations on a datastore, and their two answers. */
enum {
    EG_DATASTORE_ALLOCATE = 1,
    EG_DATASTORE_READ = 2,
    EG_DATASTORE_WRITE = 3,
    EG_DATASTORE_COMMIT = 4,
    EG_DATASTORE_STATUS_OK = 1,
    EG_DATASTORE_STATUS_ERROR = 2,
};

/** What a service descriptor connects to, and by which protocol. */
enum {
    EG_SERVICE_AWS = 0,
    EG_SERVICE_GOOGLE = 1,
    EG_SERVICE_AZURE = 2,
    EG_SERVICE_IBM = 3,
    EG_SERVICE_CUSTOM = 15,
    EG_SERVICE_EL2GO = 500, /* never write it: NXP's agent leaves such a descriptor out */
    EG_PROTOCOL_HTTPS = 1,
    EG_PROTOCOL_MQTTS = 2,
    EG_PROTOCOL_AMQPS = 3,
    EG_PROTOCOL_XMPP = 4,
    EG_PROTOCOL_DDS = 5,
    EG_PROTOCOL_COAP = 6,
};

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_LIB_WIRE_SESSION_SESSION_NUMBERS_H
#define EG_LIB_WIRE_SESSION_SESSION_NUMBERS_H
/** Inside lib/wire/session: field numbers of the messages that hold others (session.proto). */
enum {
    N_REQUESTS = 1,
    N_ENDPOINT_TYPE = 1,
    N_ENDPOINT_ID = 2,
    N_PAYLOAD = 100,
    N_RESPONSES = 1,
    N_HELLO = 1,
    N_GOODBYE = 2,
    N_CRL = 3,
    N_DATASTORE = 30,
    N_PSA = 60,
    N_GOODBYE_STATUS = 1,
    N_PSA_FIRST = 1, /* get_version; the others follow in the order of enum eg_session_kind */
    N_PSA_LAST = 7,
    N_HELLO_ENDPOINTS = 10,
};

#endif

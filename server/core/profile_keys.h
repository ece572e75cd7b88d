/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_PROFILE_KEYS_H
#define EG_SERVER_CORE_PROFILE_KEYS_H
/** The keys of a profile file, and the rules that tie values to each other. Internal. */
#include "lib/os/ini_text.h"

/** How a struct eg_cert_profile is read; the record must be zeroed. */
extern const struct eg_ini_form eg_profile_form;

#endif

/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_HOST_LIB_CONFIG_YAML_H
#define EG_HOST_LIB_CONFIG_YAML_H
/**
 * The one shape of YAML that the configuration has: a mapping of names to scalars or to lists of
 * scalars. Everything deeper is walked over, anchors and tags of their own are refused.
 */
#include "host/lib/config.h"

/** Called for every scalar: key, value, and the line it stands in (from 1). For a list it is called
 * once per item; an empty list not at all; a nested mapping calls with value NULL. */
typedef eg_status (*eg_yaml_fn)(void *arg, const char *key, const char *value, size_t line);

/**
 * Walk the text. HOST_CONFIG: not this shape, with line and reason in why. Anything but EG_OK from
 * fn ends the walk and is returned.
 */
EG_MUST_USE eg_status eg_yaml_walk(struct eg_span text, eg_yaml_fn fn, void *arg,
                                   struct eg_problem *why);

#endif

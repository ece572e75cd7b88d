/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EG_SERVER_CORE_JOB_ENGINE_H
#define EG_SERVER_CORE_JOB_ENGINE_H
/**
 * The threads that make what jobs ask for.
 *
 *   reserve (request thread) --> eg_job_engine_add --> queue of jobs
 *   worker: take the next chunk of the first job --> vault --> store --> notify
 *   keeper: renew leases, claim jobs of other nodes that died and of an earlier run of this one
 *
 * Several workers work on the chunks of one job at the same time; the plan (what to make) is built
 * once per job. A chunk that cannot be made because vault or store are away is tried again later;
 * one that can never be made ends as GENERATION_FAILED with the reason in the device's history.
 */
#include "server/core/core.h"

/** threads 0: one per core. Claims unfinished jobs at once. Returns owned. */
EG_MUST_USE eg_status eg_job_engine_new(struct eg_core *core, unsigned threads,
                                        eg_core_notify notify, void *ctx,
                                        struct eg_job_engine **out);

/** A job that this node has just reserved. Ignored when it has nothing to make. */
void eg_job_engine_add(struct eg_job_engine *engine, const struct eg_job *job);

/** Wait until this engine has no more to do for a job that it was given; false: until_mono_ms came
 * first, the engine stops, or there is none (NULL). */
bool eg_job_engine_wait(struct eg_job_engine *engine, const char *job_uuid, int64_t until_mono_ms);

/** Finish the chunks in work, start no new ones. NULL is fine. */
void eg_job_engine_stop(struct eg_job_engine *engine);
void eg_job_engine_free(struct eg_job_engine *engine); /* NULL is fine */

/** Pass a topic on to whoever was named at the start. NULL engine: nobody. */
void eg_job_engine_tell(struct eg_job_engine *engine, uint64_t topic);

#endif

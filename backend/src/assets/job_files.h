/* The files of imports, exports and discoveries are kept for keep_file_days after the job's end; the job itself stays and says
 * when they went (jobs.files_gone_at). */
#ifndef ASSETS_JOB_FILES_H
#define ASSETS_JOB_FILES_H

#include "http/services.h"
#include "kernel/error.h"

/* Removes what is due, each file in a transaction of its own. */
struct error *job_files_expire(struct services *s, struct arena *a) MUST_CHECK;

#endif

/* What a job has made for whoever asked for it: an export. */
#ifndef FILES_JOB_FILE_H
#define FILES_JOB_FILE_H

#include "queue/job.h"

/* Keeps the bytes of `path` under the job's parameter file_name and ends the job, in one transaction; its result is
 * {"file": SHA-256 in hex}. The file goes after keep_file_days. */
struct error *job_file_done(struct job *j, const char *path, const char *media_type) MUST_CHECK;

#endif

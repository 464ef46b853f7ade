/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cgroup of a process.
 */
#ifndef VFIOTOP_CGROUP_H
#define VFIOTOP_CGROUP_H

#include "snapshot.h"

/**
 * cgroup_path - the path in the contents of /proc/PID/cgroup
 * @contents: all lines
 * @path: gets it, from the only hierarchy, or from systemd's own where there are
 *	several; empty when neither is there or it is too long
 */
void cgroup_path(const char *contents, char path[CGROUP_PATH_SIZE]);

/**
 * cgroup_read - the path of a process now
 * @pid: the process
 * @path: gets it; stays as it is when the process is gone
 */
void cgroup_read(uint32_t pid, char path[CGROUP_PATH_SIZE]);

#endif /* VFIOTOP_CGROUP_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cgroup of a process, and what its path tells: a systemd unit, a virtual machine
 * of libvirt, a pod of Kubernetes.
 */
#ifndef VFIOTOP_CGROUP_H
#define VFIOTOP_CGROUP_H

#include <stdint.h>

#define CGROUP_PATH_SIZE 256
#define CGROUP_NAME_SIZE 128

/**
 * struct cgroup_names - what the path of a cgroup tells; each may be empty
 * @unit: the innermost systemd unit that holds processes, a service or a scope, as systemd
 *	writes it
 * @domain: the libvirt domain
 * @pod: UID of the Kubernetes pod
 */
struct cgroup_names {
	char unit[CGROUP_NAME_SIZE];
	char domain[CGROUP_NAME_SIZE];
	char pod[CGROUP_NAME_SIZE];
};

/**
 * cgroup_path - the path in the contents of /proc/PID/cgroup
 * @contents: all lines
 * @path: gets it, from the only hierarchy, or from systemd's own where there are
 *	several; empty when neither is there or it is too long
 */
void cgroup_path(const char *contents, char path[CGROUP_PATH_SIZE]);

/**
 * cgroup_parse - what a path tells
 * @path: from cgroup_path()
 * @names: the answer
 */
void cgroup_parse(const char *path, struct cgroup_names *names);

/**
 * cgroup_read - the path of a process now
 * @pid: the process
 * @path: gets it; stays as it is when the process is gone
 */
void cgroup_read(uint32_t pid, char path[CGROUP_PATH_SIZE]);

#endif /* VFIOTOP_CGROUP_H */

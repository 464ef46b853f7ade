/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names in the path of a cgroup: a systemd unit, a virtual machine of libvirt, a pod of
 * Kubernetes.
 */
#ifndef VFIOTOP_CGROUP_NAMES_H
#define VFIOTOP_CGROUP_NAMES_H

#include "view.h"

/**
 * cgroup_parse - find the names in a path
 * @path: of a cgroup
 * @names: the answer
 */
void cgroup_parse(const char *path, struct cgroup_names *names);

#endif /* VFIOTOP_CGROUP_NAMES_H */

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a process that talks to the network must not be able to do.
 */
#ifndef VFIOTOP_CONFINE_H
#define VFIOTOP_CONFINE_H

#include <stdbool.h>

/**
 * confine - give up everything but to serve what is open
 *
 * Afterwards the process has no capability and cannot get one, belongs to nobody if it was
 * root's, and can only use system calls that move bytes between files that are open already.
 *
 * Return: whether all of that succeeded; errno tells why not.
 */
bool confine(void);

#endif /* VFIOTOP_CONFINE_H */

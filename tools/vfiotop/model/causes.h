/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Why requests are refused, as far as request and errno say. Most maps say more: at which stage
 * they failed.
 */
#ifndef VFIOTOP_CAUSES_H
#define VFIOTOP_CAUSES_H

#include "snapshot.h"

/**
 * cause_of_error - why a request was refused
 * @failure: the request
 *
 * Return: the cause in words, or all that are possible; NULL when these are not known.
 */
const char *cause_of_error(const struct vt_failure *failure);

#endif /* VFIOTOP_CAUSES_H */

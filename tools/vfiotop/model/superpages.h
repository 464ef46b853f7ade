/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much of what was mapped is in superpages, and why not more.
 */
#ifndef VFIOTOP_SUPERPAGES_H
#define VFIOTOP_SUPERPAGES_H

#include "view.h"

/**
 * view_superpages - fill in the share of superpages and the hint
 * @view: has its leaves and runs
 */
void view_superpages(struct container_view *view);

/**
 * superpages_wasted - whether runs were long enough for superpages, but got small leaves
 * @view: the container
 *
 * A run holds all but two superpages of its bytes in whole ones, wherever it begins.
 *
 * Return: true when at least twice as much as is in superpages could be.
 */
bool superpages_wasted(const struct container_view *view);

#endif /* VFIOTOP_SUPERPAGES_H */

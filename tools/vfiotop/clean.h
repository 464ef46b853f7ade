/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Texts that others chose: names of processes, devices and cgroups. Whoever may choose one
 * may put into it what a terminal obeys, or what no JSON may contain. A snapshot is cleaned
 * once, when it is complete; what is decoded later is cleaned again.
 */
#ifndef VFIOTOP_CLEAN_H
#define VFIOTOP_CLEAN_H

#include "snapshot.h"

/**
 * clean_text - make a text harmless
 * @text: bytes other than printable ASCII become '?'; it ends with NUL afterwards
 * @size: its room
 */
void clean_text(char *text, size_t size);

/**
 * clean_snapshot - make all texts of a snapshot harmless
 * @snapshot: to be handed to the model
 */
void clean_snapshot(struct snapshot *snapshot);

#endif /* VFIOTOP_CLEAN_H */

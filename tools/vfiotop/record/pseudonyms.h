/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other names for those that tell of a host: the same one for the same name, within one
 * recording.
 */
#ifndef VFIOTOP_PSEUDONYMS_H
#define VFIOTOP_PSEUDONYMS_H

#include "layout.h"

#define PSEUDONYM_SIZE 24

struct pseudonyms;

/**
 * pseudonyms_new - none yet
 *
 * Return: NULL when out of memory.
 */
struct pseudonyms *pseudonyms_new(void);

/**
 * pseudonyms_free - forget all
 * @pseudonyms: or NULL
 */
void pseudonyms_free(struct pseudonyms *pseudonyms);

/**
 * pseudonyms_find - the other name of a name
 * @pseudonyms: from pseudonyms_new()
 * @secret: what it names: SECRET_PROCESS, SECRET_CGROUP or SECRET_DEVICE
 * @name: not empty
 * @length: of the name
 * @pseudonym: gets the other name, e.g. "device-1"
 *
 * Return: false when out of memory.
 */
bool pseudonyms_find(struct pseudonyms *pseudonyms, enum layout_secret secret, const char *name,
		     size_t length, char pseudonym[PSEUDONYM_SIZE]);

#endif /* VFIOTOP_PSEUDONYMS_H */

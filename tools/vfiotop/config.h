/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Configuration files: lines of a name, and a value after an equals sign; # begins a comment.
 */
#ifndef VFIOTOP_CONFIG_H
#define VFIOTOP_CONFIG_H

#include <stdbool.h>

#define CONFIG_SYSTEM "/etc/vfiotop.conf"

/**
 * typedef config_take - uses one setting
 * @context: as config_read() got it
 * @name: its name
 * @value: its value, NULL when there is none; valid for good
 *
 * Return: NULL, or what is wrong.
 */
typedef const char *(*config_take)(void *context, const char *name, const char *value);

/**
 * config_read - read a file
 * @path: where it is
 * @needed: it has to exist
 * @take: uses each setting
 * @context: for @take
 *
 * Return: false after a message on stderr, with the number of the line.
 */
bool config_read(const char *path, bool needed, config_take take, void *context);

/**
 * config_user_path - where the user's own file is
 * @path: gets that
 * @size: its bytes
 *
 * Return: false when that is nowhere.
 */
bool config_user_path(char *path, unsigned long size);

#endif /* VFIOTOP_CONFIG_H */

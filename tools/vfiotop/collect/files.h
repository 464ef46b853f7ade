/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Small files of /proc and /sys.
 */
#ifndef VFIOTOP_FILES_H
#define VFIOTOP_FILES_H

#include <dirent.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/types.h>

#define FILE_PATH_SIZE 256

/**
 * files_below - look for all of them below another folder, as tests do
 * @folder: "" for the root of the file system; must stay
 */
void files_below(const char *folder);

/**
 * file_path - the path of a file
 * @path: gets it, cut when too long
 * @format: as in printf, from the root on
 */
void file_path(char path[FILE_PATH_SIZE], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * file_read - read a file
 * @text: gets it, cut when too long, with NUL at its end; empty when it cannot be read
 * @size: its room
 * @format: as in printf, the path from the root on
 *
 * Return: its length, or -1 with errno.
 */
ssize_t file_read(char *text, size_t size, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * file_value - what follows a name in a file of lines
 * @text: the file
 * @name: as it is there, with the end of the line before it, if any: "\nVmPin:"
 *
 * Return: the rest of the file behind it, or NULL when it is not there.
 */
const char *file_value(const char *text, const char *name);

/**
 * folder_open - list a folder
 * @format: as in printf, the path from the root on
 *
 * Return: NULL with errno when that is not possible.
 */
DIR *folder_open(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif /* VFIOTOP_FILES_H */

// SPDX-License-Identifier: GPL-2.0-only
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *root = "";

void files_below(const char *folder)
{
	root = folder;
}

static void make_path(char path[FILE_PATH_SIZE], const char *format, va_list args)
{
	int used = snprintf(path, FILE_PATH_SIZE, "%s", root);

	if (used < FILE_PATH_SIZE)
		vsnprintf(path + used, FILE_PATH_SIZE - (size_t)used, format, args);
}

void file_path(char path[FILE_PATH_SIZE], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	make_path(path, format, args);
	va_end(args);
}

/* Without stdio, which would allocate and free a buffer each time. */
ssize_t file_read(char *text, size_t size, const char *format, ...)
{
	char path[FILE_PATH_SIZE];
	ssize_t got = 1;
	size_t n = 0;
	va_list args;
	int error;
	int fd;

	va_start(args, format);
	make_path(path, format, args);
	va_end(args);
	text[0] = '\0';
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	while (n < size - 1 && got > 0) {
		got = read(fd, text + n, size - 1 - n);
		n += got > 0 ? (size_t)got : 0;
	}
	error = errno;
	close(fd);
	text[n] = '\0';
	errno = error;
	return got < 0 ? -1 : (ssize_t)n;
}

const char *file_value(const char *text, const char *name)
{
	const char *found = strstr(text, name);

	return found ? found + strlen(name) : NULL;
}

DIR *folder_open(const char *format, ...)
{
	char path[FILE_PATH_SIZE];
	va_list args;

	va_start(args, format);
	make_path(path, format, args);
	va_end(args);
	return opendir(path);
}

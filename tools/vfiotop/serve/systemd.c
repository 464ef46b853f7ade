// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "systemd.h"

#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define LISTEN_FD 3

int systemd_listener(void)
{
	const char *pid = getenv("LISTEN_PID"), *number = getenv("LISTEN_FDS");

	/* Both may be those of a parent. */
	if (!pid || !number || strtol(pid, NULL, 10) != getpid() || strcmp(number, "1"))
		return -1;
	return fcntl(LISTEN_FD, F_SETFD, FD_CLOEXEC) ? -1 : LISTEN_FD;
}

void systemd_notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t length = path ? strlen(path) : 0;
	int fd;

	if (!length || length >= sizeof(address.sun_path))
		return;
	memcpy(address.sun_path, path, length);
	/* An abstract address begins with a zero. */
	if (address.sun_path[0] == '@')
		address.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	/* There is nobody else to tell when this fails. */
	(void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length));
	close(fd);
}

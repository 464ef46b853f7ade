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

/* A number in an environment variable that is meant for this process. */
static uint64_t number_for_me(const char *variable, const char *pid_variable)
{
	const char *pid = getenv(pid_variable), *number = getenv(variable);

	if (!number || (pid && strtol(pid, NULL, 10) != getpid()))
		return 0;
	return strtoull(number, NULL, 10);
}

int systemd_listener(void)
{
	if (!getenv("LISTEN_PID") || number_for_me("LISTEN_FDS", "LISTEN_PID") != 1)
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

uint64_t systemd_watchdog(void)
{
	return number_for_me("WATCHDOG_USEC", "WATCHDOG_PID") * 1000 / 2;
}

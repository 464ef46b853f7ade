// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BACKLOG 128

static bool is_port(const char *port)
{
	char *end;
	unsigned long number = strtoul(port, &end, 10);

	return *port >= '0' && *port <= '9' && !*end && number > 0 && number <= UINT16_MAX;
}

/* Splits ADDRESS:PORT, with brackets around IPv6 addresses. */
static bool split_address(const char *listen, char *host, size_t size, const char **port)
{
	const char *colon = strrchr(listen, ':');
	size_t length = colon ? (size_t)(colon - listen) : 0;

	if (!colon || !is_port(colon + 1))
		return false;
	*port = colon + 1;
	if (length >= 2 && listen[0] == '[' && colon[-1] == ']') {
		listen++;
		length -= 2;
	} else if (memchr(listen, ':', length)) {
		return false;
	}
	if (length >= size)
		return false;
	memcpy(host, listen, length);
	host[length] = '\0';
	return true;
}

enum exit_code listen_at(const char *listen_address, int *listener)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
	};
	struct addrinfo *found = NULL;
	const char *port;
	char host[64];
	int one = 1;

	if (!split_address(listen_address, host, sizeof(host), &port) ||
	    getaddrinfo(*host ? host : NULL, port, &hints, &found)) {
		complain("wrong option --listen=%s: give ADDRESS:PORT, such as " LISTEN_DEFAULT
			 " or [::]:9977",
			 listen_address);
		return EXIT_USAGE;
	}
	*listener = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*listener < 0 || setsockopt(*listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) ||
	    bind(*listener, found->ai_addr, found->ai_addrlen) || listen(*listener, BACKLOG)) {
		complain("cannot listen on %s: %s; choose another --listen=ADDRESS:PORT",
			 listen_address, strerror(errno));
		freeaddrinfo(found);
		return EXIT_FAILED;
	}
	freeaddrinfo(found);
	return EXIT_DONE;
}

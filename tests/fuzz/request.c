// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests as an enemy would write them, to the server of vfiotop serve. It answers by HTTP
 * with what it has, or closes the connection; never with a control byte.
 */
#define _GNU_SOURCE
#include <poll.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "descriptors.h"
#include "serve/http.h"
#include "serve/pages.h"

#define PATIENCE_MS 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int listener;
static int channels[2];
static struct sockaddr_un address = { .sun_family = AF_UNIX };
static socklen_t address_size = sizeof(sa_family_t);

static void *serve(void *unused)
{
	(void)unused;
	http_serve(listener, channels[1], UINT64_MAX);
	/* The channel never ends. */
	abort();
}

static void hand_over(uint32_t page, const char *text)
{
	int fd = memfd_create("page", MFD_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    descriptors_send(channels[0], &page, sizeof(page), &fd, 1, 0) < 0)
		abort();
	close(fd);
}

static void start(void)
{
	pthread_t thread;

	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	/* The kernel chooses a name that is free. */
	if (listener < 0 || bind(listener, (struct sockaddr *)&address, address_size) ||
	    listen(listener, 16))
		abort();
	address_size = sizeof(address);
	if (getsockname(listener, (struct sockaddr *)&address, &address_size) ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channels))
		abort();
	hand_over(PAGE_TEXT, "vfiotop_text 1\n");
	hand_over(PAGE_OPENMETRICS, "vfiotop_openmetrics 1\n# EOF\n");
	hand_over(PAGE_HTML, "<!DOCTYPE html>\n");
	hand_over(PAGES, "none\n");
	if (pthread_create(&thread, NULL, serve, NULL))
		abort();
}

static void check_answer(const char *answer, size_t size)
{
	if (size && strncmp(answer, "HTTP/1.", strlen("HTTP/1.")))
		abort();
	for (size_t i = 0; i < size; i++)
		if ((answer[i] < ' ' && answer[i] != '\r' && answer[i] != '\n') ||
		    (unsigned char)answer[i] > '~')
			abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char answer[1 << 16];
	size_t got = 0;
	struct pollfd wait = { .events = POLLIN };
	ssize_t n;
	int fd;

	if (!listener)
		start();
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	wait.fd = fd;
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, address_size))
		abort();
	/* It may have closed the connection already. */
	(void)!send(fd, data, size, MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	/* It waits for the rest of what is no whole request, but not here. */
	while (got < sizeof(answer) && poll(&wait, 1, PATIENCE_MS) > 0 &&
	       (n = read(fd, answer + got, sizeof(answer) - got)) > 0)
		got += (size_t)n;
	check_answer(answer, got);
	close(fd);
	return 0;
}

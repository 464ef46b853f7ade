// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "confine.h"
#include "descriptors.h"
#include "http.h"
#include "listen.h"
#include "pages.h"
#include "render/metrics.h"
#include "render/page.h"
#include "systemd.h"

#define TEXTFILE    "vfiotop.prom"
#define STALE_EXTRA 5000000000ULL
#define STALE_TICKS 3
#define ALIVE_NS    1000000000ULL

struct server {
	struct metrics *metrics;
	const char *textfile;
	pid_t child;
	int channel;
	bool ready;
	uint64_t alive_ns; /* when it last said so */
};

/* --- The serving process --------------------------------------------------------------- */

static enum exit_code find_listener(const char *listen_address, int *listener)
{
	*listener = systemd_listener();
	if (*listener < 0)
		return listen_at(listen_address ? listen_address : LISTEN_DEFAULT, listener);
	if (fcntl(*listener, F_SETFL, O_NONBLOCK)) {
		complain("cannot use the socket of systemd: %s; look at the socket unit",
			 strerror(errno));
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

/* Keeps nothing open but standard error, the socket and the channel, which get numbers 3 and 4. */
static bool keep_only(int *listener, int *channel)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	/* Out of the way of each other first. */
	int high_listener = fcntl(*listener, F_DUPFD_CLOEXEC, 10);
	int high_channel = fcntl(*channel, F_DUPFD_CLOEXEC, 10);

	if (null < 0 || high_listener < 0 || high_channel < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(null, STDOUT_FILENO) < 0)
		return false;
	*listener = dup3(high_listener, 3, O_CLOEXEC);
	*channel = dup3(high_channel, 4, O_CLOEXEC);
	return *listener == 3 && *channel == 4 && !close_range(5, UINT_MAX, 0);
}

static _Noreturn void be_the_server(int listener, int channel, uint64_t stale_ns)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	/* The watching process ends it, by the end of the channel. */
	signal(SIGINT, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	if (!keep_only(&listener, &channel) || !confine()) {
		complain("cannot give up privileges: %s; this kernel needs seccomp filters",
			 strerror(errno));
		_exit(EXIT_FAILED);
	}
	_exit(http_serve(listener, channel, stale_ns));
}

static enum exit_code start_server(struct server *server, const struct serve_options *options)
{
	int listener, channels[2];
	enum exit_code code = find_listener(options->listen, &listener);

	if (code != EXIT_DONE)
		return code;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, channels)) {
		complain("cannot start serving: %s; try again", strerror(errno));
		close(listener);
		return EXIT_FAILED;
	}
	server->child = fork();
	if (server->child == 0)
		be_the_server(listener, channels[1],
			      STALE_TICKS * options->interval_ns + STALE_EXTRA);
	close(listener);
	close(channels[1]);
	server->channel = channels[0];
	if (server->child < 0) {
		complain("cannot start serving: %s; try again", strerror(errno));
		return EXIT_FAILED;
	}
	return EXIT_DONE;
}

enum exit_code serve_start(const struct serve_options *options, struct server **server)
{
	struct server *s = calloc(1, sizeof(*s));
	enum exit_code code = EXIT_DONE;

	*server = s;
	if (s)
		s->metrics = metrics_new();
	if (!s || !s->metrics) {
		complain("cannot start serving: not enough memory; free some");
		return EXIT_FAILED;
	}
	s->channel = -1;
	s->textfile = options->textfile;
	if (!s->textfile && !http_possible()) {
		complain(
			"cannot serve: this program has no HTTP server; use --textfile=FOLDER, or the "
			"package vfiotop");
		return EXIT_FAILED;
	}
	if (!s->textfile)
		code = start_server(s, options);
	return code;
}

void serve_stop(struct server *server)
{
	if (!server)
		return;
	if (server->channel >= 0)
		close(server->channel);
	if (server->child > 0)
		while (waitpid(server->child, NULL, 0) < 0 && errno == EINTR)
			;
	metrics_free(server->metrics);
	free(server);
}

/* --- Reports --------------------------------------------------------------------------- */

static bool write_all(int fd, const char *text, size_t size)
{
	ssize_t n;

	for (; size; text += n, size -= (size_t)n) {
		n = write(fd, text, size);
		if (n < 0 && errno == EINTR)
			n = 0;
		if (n < 0)
			return false;
	}
	return true;
}

/* A server that is slow misses a message, no more; false when it is gone. @fd: -1 for none. */
static bool send_message(const struct server *server, uint32_t page, int fd)
{
	if (descriptors_send(server->channel, &page, sizeof(page), &fd, fd >= 0, MSG_DONTWAIT) >=
		    0 ||
	    errno == EAGAIN)
		return true;
	complain("the serving process is gone: %s; start vfiotop again", strerror(errno));
	return false;
}

static bool send_page(const struct server *server, enum page page, const char *text)
{
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	int fd = memfd_create("page", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	bool done;

	if (fd < 0 || !write_all(fd, text, strlen(text)) || fcntl(fd, F_ADD_SEALS, seals)) {
		complain("cannot hand over a report: %s; free some memory", strerror(errno));
		done = false;
	} else {
		done = send_message(server, page, fd);
	}
	if (fd >= 0)
		close(fd);
	return done;
}

/*
 * Readers find the old file or the new one, never a part; they may be others than the owner,
 * whatever the mask.
 */
static bool write_textfile(const struct server *server, const char *text)
{
	char path[PATH_MAX], temporary[PATH_MAX];
	bool done;
	int fd;

	snprintf(path, sizeof(path), "%s/" TEXTFILE, server->textfile);
	snprintf(temporary, sizeof(temporary), "%s/." TEXTFILE ".new", server->textfile);
	fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
	done = fd >= 0 && !fchmod(fd, 0644) && write_all(fd, text, strlen(text));
	if (fd >= 0)
		done = !close(fd) && done;
	done = done && !rename(temporary, path);
	if (!done)
		complain("cannot write %s: %s; give --textfile a folder that can be written", path,
			 strerror(errno));
	return done;
}

static char *render(struct server *server, const struct view *view, enum page page)
{
	switch (page) {
	case PAGE_TEXT:
		return metrics_render(server->metrics, view, METRICS_TEXT);
	case PAGE_OPENMETRICS:
		return metrics_render(server->metrics, view, METRICS_OPENMETRICS);
	default:
		return page_render(view);
	}
}

static bool publish_page(struct server *server, const struct view *view, enum page page)
{
	char *text = render(server, view, page);
	bool done;

	if (!text) {
		complain("cannot make the report: not enough memory; free some");
		return false;
	}
	done = server->textfile ? write_textfile(server, text) : send_page(server, page, text);
	free(text);
	return done;
}

bool serve_publish(struct server *server, const struct view *view)
{
	bool done;

	metrics_update(server->metrics, view);
	done = server->textfile ? publish_page(server, view, PAGE_TEXT)
				: send_message(server, PAGES, -1);
	if (done && !server->ready)
		systemd_notify("READY=1");
	server->ready = true;
	serve_alive(server);
	return done;
}

void serve_alive(struct server *server)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);

	if (!server->ready || now - server->alive_ns < ALIVE_NS)
		return;
	server->alive_ns = now;
	systemd_notify("WATCHDOG=1");
}

int serve_fd(const struct server *server)
{
	return server->channel;
}

bool serve_answer(struct server *server, const struct view *view)
{
	uint32_t page;
	ssize_t n = recv(server->channel, &page, sizeof(page), MSG_DONTWAIT);

	if (n == 0) {
		complain("the serving process is gone; start vfiotop again");
		return false;
	}
	if (n != (ssize_t)sizeof(page) || page >= PAGES)
		return true;
	return view ? publish_page(server, view, page) : send_message(server, page, -1);
}

bool serve_keep(struct server *server, const struct view *view)
{
	enum page page;
	bool done = true;

	for (page = 0; done && !server->textfile && page < PAGES; page++)
		done = publish_page(server, view, page);
	return done;
}

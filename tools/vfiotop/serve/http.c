// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "http.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "descriptors.h"
#include "pages.h"
#include "render/metrics.h"

#define CONNECTIONS	       128
#define CONNECTIONS_OF_ADDRESS 32
#define CONNECTION_SECONDS     10
#define CONNECTION_BYTES       (16 * 1024)
#define ANSWER_NS	       2000000000ULL

/*
 * What the process has: pages, each with the number of the report that it is of, and when
 * there was the last report. Who does not answer is not asked again before the next.
 */
struct http {
	int channel;
	struct MHD_Response *pages[PAGES];
	uint64_t reports[PAGES];
	uint64_t report; /* the last one, from 1 */
	uint64_t fresh_ns;
	uint64_t stale_ns;
	bool ignored;
};

static const char *const page_types[PAGES] = {
	[PAGE_HTML] = "text/html; charset=utf-8",
};

static const char *content_type(enum page page)
{
	switch (page) {
	case PAGE_TEXT:
		return metrics_content_type(METRICS_TEXT);
	case PAGE_OPENMETRICS:
		return metrics_content_type(METRICS_OPENMETRICS);
	default:
		return page_types[page];
	}
}

/* --- Pages come -------------------------------------------------------------------- */

static char *read_page(int fd, size_t *size)
{
	struct stat st;
	char *text;

	if (fstat(fd, &st) || st.st_size < 0 || st.st_size > PAGE_BYTES_MAX)
		return NULL;
	*size = (size_t)st.st_size;
	text = malloc(*size + 1);
	if (text && pread(fd, text, *size, 0) != (ssize_t)*size) {
		free(text);
		return NULL;
	}
	return text;
}

static void take_page(struct http *http, uint32_t page, int fd)
{
	struct MHD_Response *response;
	size_t size;
	char *text;

	if (page >= PAGES)
		return;
	text = read_page(fd, &size);
	if (!text)
		return;
	response = MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
	if (!response) {
		free(text);
		return;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type(page));
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	if (page == PAGE_HTML)
		MHD_add_response_header(response, "Content-Security-Policy",
					"default-src 'none'; style-src 'unsafe-inline'");
	/* Requests that are being answered keep the old one. */
	if (http->pages[page])
		MHD_destroy_response(http->pages[page]);
	http->pages[page] = response;
	http->reports[page] = http->report;
}

static void take_report(struct http *http)
{
	http->report++;
	http->fresh_ns = clock_ns(CLOCK_MONOTONIC);
	http->ignored = false;
}

/* One message; false at the end of the channel. */
static bool take_message(struct http *http)
{
	uint32_t page = PAGES;
	int fds[DESCRIPTORS_MAX];
	size_t n_fds;
	ssize_t n =
		descriptors_receive(http->channel, &page, sizeof(page), fds, &n_fds, MSG_DONTWAIT);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	if (n_fds == 1)
		take_page(http, page, fds[0]);
	else if (n == (ssize_t)sizeof(page) && page == PAGES)
		take_report(http);
	else
		http->ignored = true;
	while (n_fds--)
		close(fds[n_fds]);
	return n > 0;
}

/* Whoever comes earlier waits in the queue of the socket; false at the end of the channel. */
static bool wait_for_report(struct http *http)
{
	struct pollfd fd = { .fd = http->channel, .events = POLLIN };

	while (poll(&fd, 1, -1) < 0)
		if (errno != EINTR)
			return false;
	return take_message(http);
}

static bool is_current(const struct http *http, enum page page)
{
	return http->pages[page] && http->reports[page] == http->report;
}

/* Others wait meanwhile: it takes some milliseconds. */
static void fetch(struct http *http, enum page page)
{
	uint64_t end_ns = clock_ns(CLOCK_MONOTONIC) + ANSWER_NS, now = 0;
	struct pollfd fd = { .fd = http->channel, .events = POLLIN };
	uint32_t wanted = page;

	if (send(http->channel, &wanted, sizeof(wanted), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		return;
	while (!is_current(http, page) && !http->ignored) {
		now = clock_ns(CLOCK_MONOTONIC);
		if (now >= end_ns || poll(&fd, 1, (int)((end_ns - now) / 1000000) + 1) == 0)
			http->ignored = true;
		else if (!take_message(http))
			return;
	}
}

/* --- Requests ------------------------------------------------------------------------ */

static enum MHD_Result answer_text(struct MHD_Connection *connection, unsigned int status,
				   const char *text)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(
		strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				"text/plain; charset=utf-8");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static bool is_stale(const struct http *http)
{
	return clock_ns(CLOCK_MONOTONIC) - http->fresh_ns > http->stale_ns;
}

static enum MHD_Result answer_page(struct http *http, struct MHD_Connection *connection,
				   enum page page)
{
	if (!is_current(http, page) && !http->ignored && !is_stale(http))
		fetch(http, page);
	/* Figures of long ago would look like figures of now. */
	if (!is_current(http, page) || is_stale(http))
		return answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
				   "there is no report yet, or none any more\n");
	return MHD_queue_response(connection, MHD_HTTP_OK, http->pages[page]);
}

static enum MHD_Result answer_metrics(struct http *http, struct MHD_Connection *connection)
{
	const char *accept =
		MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);

	return answer_page(http, connection,
			   accept && strstr(accept, "application/openmetrics-text")
				   ? PAGE_OPENMETRICS
				   : PAGE_TEXT);
}

static enum MHD_Result answer(void *cls, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **state)
{
	struct http *http = cls;

	(void)version;
	(void)upload;
	/* The first call is about the headers; a body is read and thrown away. */
	if (!*state) {
		*state = http;
		return MHD_YES;
	}
	if (*upload_size) {
		*upload_size = 0;
		return MHD_YES;
	}
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return answer_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	if (!strcmp(url, "/metrics"))
		return answer_metrics(http, connection);
	if (!strcmp(url, "/"))
		return answer_page(http, connection, PAGE_HTML);
	if (!strcmp(url, "/healthz"))
		return is_stale(http) ? answer_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
						    "no report for a while\n")
				      : answer_text(connection, MHD_HTTP_OK, "ok\n");
	return answer_text(connection, MHD_HTTP_NOT_FOUND, "there are /, /metrics and /healthz\n");
}

static void be_silent(void *cls, const char *format, va_list args)
{
	(void)cls;
	(void)format;
	(void)args;
}

static int timeout_of(struct MHD_Daemon *daemon)
{
	MHD_UNSIGNED_LONG_LONG ms;

	if (MHD_get_timeout(daemon, &ms) != MHD_YES)
		return -1;
	return ms > 1000 ? 1000 : (int)ms;
}

bool http_possible(void)
{
	return true;
}

int http_serve(int listener, int channel, uint64_t stale_ns)
{
	struct http http = { .channel = channel, .stale_ns = stale_ns };
	const union MHD_DaemonInfo *info;
	struct MHD_Daemon *daemon;
	struct pollfd fds[2];
	size_t i;

	if (!wait_for_report(&http))
		return EXIT_SUCCESS;
	daemon = MHD_start_daemon(
		MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL, answer, &http,
		MHD_OPTION_EXTERNAL_LOGGER, be_silent, NULL, MHD_OPTION_LISTEN_SOCKET, listener,
		MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_PER_IP_CONNECTION_LIMIT,
		CONNECTIONS_OF_ADDRESS, MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_SECONDS,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_END);
	if (!daemon)
		return EXIT_FAILURE;
	info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
	fds[0] = (struct pollfd){ .fd = channel, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = info->epoll_fd, .events = POLLIN };
	while (poll(fds, 2, timeout_of(daemon)) >= 0 || errno == EINTR) {
		if (fds[0].revents && !take_message(&http))
			break;
		MHD_run(daemon);
	}
	for (i = 0; i < PAGES; i++)
		if (http.pages[i])
			MHD_destroy_response(http.pages[i]);
	MHD_stop_daemon(daemon);
	return EXIT_SUCCESS;
}

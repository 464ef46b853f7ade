/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfiotop serve: reports for Prometheus and for browsers, by HTTP or as a file.
 *
 * The process that watches renders pages, as they are wanted; another one, which has no
 * privileges, serves them.
 */
#ifndef VFIOTOP_SERVE_H
#define VFIOTOP_SERVE_H

#include <stdbool.h>
#include <stdint.h>

#include "exit.h"
#include "view.h"

/**
 * struct serve_options - how to serve
 * @listen: ADDRESS:PORT, ignored when systemd hands over a socket; NULL for the usual one
 * @textfile: folder for a file of metrics instead, NULL for none
 * @interval_ns: time between reports
 */
struct serve_options {
	const char *listen;
	const char *textfile;
	uint64_t interval_ns;
};

struct server;

/**
 * serve_start - start the serving process, unless only a file is wanted
 * @options: how to serve
 * @server: is set to it
 *
 * Complains when that fails.
 *
 * Return: EXIT_DONE, EXIT_USAGE for a wrong address, EXIT_FAILED.
 */
enum exit_code serve_start(const struct serve_options *options, struct server **server);

/**
 * serve_publish - there is a new report
 * @server: where to
 * @view: the report
 *
 * Complains when that fails for good: memory, the file system, or the serving process gone.
 *
 * Return: whether it succeeded.
 */
bool serve_publish(struct server *server, const struct view *view);

/**
 * serve_alive - tell systemd's watchdog, now and then, that the process goes on
 * @server: from serve_start()
 *
 * Reports may be further apart than it has patience.
 */
void serve_alive(struct server *server);

/**
 * serve_fd - to be polled: pages are wanted when it can be read
 * @server: from serve_start()
 *
 * Return: -1 if nothing is ever wanted.
 */
int serve_fd(const struct server *server);

/**
 * serve_answer - hand over the page that is wanted
 * @server: serve_fd() can be read
 * @view: the last report, NULL if there is none any more
 *
 * Return: as serve_publish().
 */
bool serve_answer(struct server *server, const struct view *view);

/**
 * serve_keep - hand over all pages of the last report, which is about to go
 * @server: from serve_start()
 * @view: the report
 *
 * Return: as serve_publish().
 */
bool serve_keep(struct server *server, const struct view *view);

/**
 * serve_stop - end the serving process
 * @server: NULL is allowed
 */
void serve_stop(struct server *server);

#endif /* VFIOTOP_SERVE_H */

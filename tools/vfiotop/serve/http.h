/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The serving process: answers HTTP requests with the pages that it was given last.
 */
#ifndef VFIOTOP_HTTP_H
#define VFIOTOP_HTTP_H

#include <stdbool.h>
#include <stdint.h>

/**
 * http_possible - whether this program has an HTTP server
 *
 * The portable program, and those for other architectures, come without.
 *
 * Return: whether it has.
 */
bool http_possible(void);

/**
 * http_serve - serve until the channel ends
 * @listener: a socket that listens
 * @channel: where pages come from
 * @stale_ns: pages that are older are no longer healthy
 *
 * Return: the exit status of the process.
 */
int http_serve(int listener, int channel, uint64_t stale_ns);

#endif /* VFIOTOP_HTTP_H */

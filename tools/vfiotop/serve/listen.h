/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where connections come from.
 */
#ifndef VFIOTOP_LISTEN_H
#define VFIOTOP_LISTEN_H

#include "exit.h"

#define LISTEN_DEFAULT "127.0.0.1:9977"

/**
 * listen_at - a socket that listens
 * @listen_address: ADDRESS:PORT, IPv6 addresses in brackets
 * @listener: is set to its file descriptor
 *
 * Complains when that fails.
 *
 * Return: EXIT_DONE, EXIT_USAGE for a wrong address, EXIT_FAILED.
 */
enum exit_code listen_at(const char *listen_address, int *listener);

#endif /* VFIOTOP_LISTEN_H */

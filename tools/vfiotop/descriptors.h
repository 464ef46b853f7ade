/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages that carry file descriptors from one process to another.
 */
#ifndef VFIOTOP_DESCRIPTORS_H
#define VFIOTOP_DESCRIPTORS_H

#include <stddef.h>
#include <sys/types.h>

/* As many can be sent at once: SCM_MAX_FD of the kernel. */
#define DESCRIPTORS_MAX 253

/**
 * descriptors_send - send a message with file descriptors
 * @socket: of AF_UNIX
 * @message: @size bytes
 * @size: how many
 * @fds: @n file descriptors, which the caller keeps
 * @n: how many, 0 is allowed
 * @flags: of sendmsg(); there is never a SIGPIPE
 *
 * Return: as sendmsg().
 */
ssize_t descriptors_send(int socket, const void *message, size_t size, const int *fds, size_t n,
			 int flags);

/**
 * descriptors_receive - receive a message with file descriptors
 * @socket: of AF_UNIX
 * @message: room for @size bytes
 * @size: how many
 * @fds: gets those that came, close-on-exec; the caller closes them
 * @n: gets how many came
 * @flags: of recvmsg()
 *
 * Return: as recvmsg().
 */
ssize_t descriptors_receive(int socket, void *message, size_t size, int fds[DESCRIPTORS_MAX],
			    size_t *n, int flags);

#endif /* VFIOTOP_DESCRIPTORS_H */

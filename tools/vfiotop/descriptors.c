// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "descriptors.h"

#include <string.h>
#include <sys/socket.h>

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(DESCRIPTORS_MAX * sizeof(int))];
};

ssize_t descriptors_send(int socket, const void *message, size_t size, const int *fds, size_t n,
			 int flags)
{
	struct iovec part = { .iov_base = (void *)message, .iov_len = size };
	struct msghdr header = { .msg_iov = &part, .msg_iovlen = 1 };
	union control control = { 0 };

	if (n) {
		header.msg_control = &control;
		header.msg_controllen = CMSG_SPACE(n * sizeof(int));
		control.header.cmsg_level = SOL_SOCKET;
		control.header.cmsg_type = SCM_RIGHTS;
		control.header.cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(&control.header), fds, n * sizeof(int));
	}
	return sendmsg(socket, &header, flags | MSG_NOSIGNAL);
}

ssize_t descriptors_receive(int socket, void *message, size_t size, int fds[DESCRIPTORS_MAX],
			    size_t *n, int flags)
{
	struct iovec part = { .iov_base = message, .iov_len = size };
	union control control = { 0 };
	struct msghdr header = {
		.msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control),
	};
	ssize_t got = recvmsg(socket, &header, flags | MSG_CMSG_CLOEXEC);
	struct cmsghdr *rights = got > 0 ? CMSG_FIRSTHDR(&header) : NULL;

	*n = 0;
	if (rights && rights->cmsg_level == SOL_SOCKET && rights->cmsg_type == SCM_RIGHTS) {
		*n = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		memcpy(fds, CMSG_DATA(rights), *n * sizeof(int));
	}
	return got;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * To be preloaded: stops the process once, in the middle of a walk of a BPF iterator, when that
 * has said STOPPED_WALK times that there is more to come. Tests change meanwhile what it walks.
 */
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int is_iterator(int fd)
{
	char path[32], name[64];
	ssize_t n;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, name, sizeof(name) - 1);
	if (n < 0)
		return 0;
	name[n] = '\0';
	return !strcmp(name, "anon_inode:bpf_iter");
}

ssize_t read(int fd, void *buffer, size_t size)
{
	static ssize_t (*next)(int, void *, size_t);
	static long times;
	ssize_t got;
	int error;

	if (!next)
		next = (ssize_t(*)(int, void *, size_t))dlsym(RTLD_NEXT, "read");
	got = next(fd, buffer, size);
	error = errno;
	if (got < 0 && error == EAGAIN && is_iterator(fd) &&
	    ++times == atol(getenv("STOPPED_WALK")))
		raise(SIGSTOP);
	errno = error;
	return got;
}

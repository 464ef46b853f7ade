// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "confine.h"

#include <errno.h>
#include <grp.h>
#include <seccomp.h>
#include <stddef.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

#define NOBODY 65534

/* What a server of files in memory needs: connections, their bytes, time and memory. */
static const int calls[] = {
	SCMP_SYS(accept),	 SCMP_SYS(accept4),	   SCMP_SYS(brk),
	SCMP_SYS(clock_gettime), SCMP_SYS(close),	   SCMP_SYS(epoll_ctl),
	SCMP_SYS(epoll_create1), SCMP_SYS(epoll_pwait),	   SCMP_SYS(epoll_wait),
	SCMP_SYS(exit),		 SCMP_SYS(exit_group),	   SCMP_SYS(fcntl),
	SCMP_SYS(fstat),	 SCMP_SYS(futex),	   SCMP_SYS(getpeername),
	SCMP_SYS(getrandom),	 SCMP_SYS(getsockname),	   SCMP_SYS(getsockopt),
	SCMP_SYS(gettimeofday),	 SCMP_SYS(lseek),	   SCMP_SYS(madvise),
	SCMP_SYS(mmap),		 SCMP_SYS(mprotect),	   SCMP_SYS(mremap),
	SCMP_SYS(munmap),	 SCMP_SYS(newfstatat),	   SCMP_SYS(poll),
	SCMP_SYS(ppoll),	 SCMP_SYS(pread64),	   SCMP_SYS(read),
	SCMP_SYS(recvfrom),	 SCMP_SYS(recvmsg),	   SCMP_SYS(restart_syscall),
	SCMP_SYS(rt_sigaction),	 SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn),
	SCMP_SYS(sendfile),	 SCMP_SYS(sendmsg),	   SCMP_SYS(sendto),
	SCMP_SYS(setsockopt),	 SCMP_SYS(shutdown),	   SCMP_SYS(write),
	SCMP_SYS(writev),
};

static bool drop_privileges(void)
{
	cap_t none = cap_init();
	bool dropped;

	if (!none)
		return false;
	dropped = prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
	if (dropped && geteuid() == 0)
		dropped = !setgroups(0, NULL) && !setresgid(NOBODY, NOBODY, NOBODY) &&
			  !setresuid(NOBODY, NOBODY, NOBODY);
	dropped = dropped && !cap_set_proc(none) && !prctl(PR_SET_DUMPABLE, 0);
	cap_free(none);
	return dropped;
}

static bool filter_calls(void)
{
	scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
	int ret = filter ? 0 : -ENOMEM;
	size_t i;

	for (i = 0; !ret && i < sizeof(calls) / sizeof(calls[0]); i++)
		ret = seccomp_rule_add(filter, SCMP_ACT_ALLOW, calls[i], 0);
	if (!ret)
		ret = seccomp_load(filter);
	seccomp_release(filter);
	errno = -ret;
	return !ret;
}

bool confine(void)
{
	return drop_privileges() && filter_calls();
}

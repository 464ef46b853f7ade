// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "exit.h"

/* Waits until it may begin; when nobody can say so any more, there is nothing to do. */
_Noreturn static void run(int go, int failed, char **argv)
{
	char byte;
	int error;

	if (read(go, &byte, 1) != 1)
		_exit(0);
	/* Capabilities that vfiotop was given for itself. Those of files are lost anyway. */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	execvp(argv[0], argv);
	error = errno;
	if (write(failed, &error, sizeof(error)) < 0)
		_exit(EXIT_CANNOT_RUN);
	_exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN);
}

bool command_prepare(struct command *c, char **argv)
{
	int go[2] = { -1, -1 }, failed[2] = { -1, -1 };

	*c = (struct command){ .name = argv[0], .fd = -1, .go = -1, .failed = -1 };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, go) || pipe2(failed, O_CLOEXEC))
		goto err;
	c->pid = fork();
	if (c->pid < 0)
		goto err;
	if (!c->pid) {
		close(go[1]);
		close(failed[0]);
		run(go[0], failed[1], argv);
	}
	close(go[0]);
	close(failed[1]);
	c->go = go[1];
	c->failed = failed[0];
	c->fd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	if (c->fd >= 0)
		return true;
	complain("cannot watch %s: %s", argv[0], strerror(errno));
	command_close(c);
	return false;
err:
	complain("cannot start %s: %s", argv[0], strerror(errno));
	c->pid = 0;
	for (int i = 0; i < 2; i++) {
		if (go[i] >= 0)
			close(go[i]);
		if (failed[i] >= 0)
			close(failed[i]);
	}
	return false;
}

enum exit_code command_go(struct command *c)
{
	int error = 0;

	if (send(c->go, "", 1, MSG_NOSIGNAL) != 1)
		error = errno;
	/* Ends without a byte when the program takes over. */
	else if (read(c->failed, &error, sizeof(error)) != sizeof(error))
		error = 0;
	close(c->go);
	close(c->failed);
	c->go = c->failed = -1;
	if (!error) {
		c->running = true;
		return EXIT_DONE;
	}
	complain("cannot run %s: %s", c->name, strerror(error));
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}

void command_pass_on(const struct command *c, const struct signalfd_siginfo *info)
{
	if (info->ssi_code <= 0)
		kill(c->pid, (int)info->ssi_signo);
}

void command_reap(struct command *c)
{
	if (waitpid(c->pid, &c->status, 0) != c->pid)
		return;
	close(c->fd);
	c->fd = -1;
	c->running = false;
	c->ended = true;
}

void command_close(struct command *c)
{
	bool began = c->running || c->ended;

	if (!c->pid)
		return;
	if (c->go >= 0)
		close(c->go);
	if (c->failed >= 0)
		close(c->failed);
	if (c->fd >= 0)
		close(c->fd);
	if (!began)
		waitpid(c->pid, NULL, 0);
	c->pid = 0;
}

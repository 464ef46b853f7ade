// SPDX-License-Identifier: GPL-2.0-only
/*
 * A command that vfiotop runs has nothing of vfiotop's, waits until it may begin, and is told
 * from what cannot be run.
 */
#include "fixture.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"

#define SHELL(text) ((char *[]){ "sh", "-c", text, NULL })

/* Waits for its end. */
static int ended(struct command *c)
{
	struct pollfd end = { .fd = c->fd, .events = POLLIN };
	int status;

	assert_int_equal(poll(&end, 1, -1), 1);
	command_reap(c);
	assert_true(c->ended);
	assert_false(c->running);
	status = c->status;
	command_close(c);
	return status;
}

static int run(char **argv)
{
	struct command c;

	assert_true(command_prepare(&c, argv));
	assert_int_equal(command_go(&c), EXIT_DONE);
	assert_true(c.running);
	return ended(&c);
}

static void it_ends_as_it_wants(void **state)
{
	(void)state;
	assert_int_equal(WEXITSTATUS(run(SHELL("exit 0"))), 0);
	assert_int_equal(WEXITSTATUS(run(SHELL("exit 8"))), 8);
	assert_int_equal(WTERMSIG(run(SHELL("kill -KILL $$"))), SIGKILL);
}

static void what_cannot_be_run(void **state)
{
	struct command c;
	char why[COMPLAINT_SIZE];

	(void)state;
	complaint_hold();
	assert_true(command_prepare(&c, (char *[]){ "/nonexistent/program", NULL }));
	assert_int_equal(command_go(&c), EXIT_NOT_FOUND);
	command_close(&c);
	assert_true(command_prepare(&c, (char *[]){ "/", NULL }));
	assert_int_equal(command_go(&c), EXIT_CANNOT_RUN);
	command_close(&c);
	complaint_release(why);
	assert_string_equal(why, "cannot run /: Permission denied");
}

/* Nobody lets it begin: then it never does. */
static void it_waits(void **state)
{
	char path[] = "/tmp/command.XXXXXX", text[64];
	int fd = mkstemp(path);
	struct command c;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	snprintf(text, sizeof(text), "rm %s", path);
	assert_true(command_prepare(&c, SHELL(text)));
	command_close(&c);
	assert_int_equal(access(path, F_OK), 0);
	unlink(path);
}

/* Files that are opened and signals that are blocked later are not its business. */
static void it_has_nothing_of_ours(void **state)
{
	sigset_t usr1, before;
	struct command c;
	int file, copy;

	(void)state;
	assert_true(command_prepare(&c, SHELL("test ! -e /proc/self/fd/50 && kill -USR1 $$")));
	file = open("/dev/null", O_RDONLY);
	copy = dup2(file, 50);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &before);
	assert_int_equal(command_go(&c), EXIT_DONE);
	assert_int_equal(WTERMSIG(ended(&c)), SIGUSR1);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(copy);
	close(file);
}

/* The terminal sends its signals to both. */
static void signals_are_passed_on(void **state)
{
	struct signalfd_siginfo terminal = { .ssi_signo = SIGKILL, .ssi_code = SI_KERNEL };
	struct signalfd_siginfo process = { .ssi_signo = SIGTERM, .ssi_code = SI_USER };
	struct command c;

	(void)state;
	assert_true(command_prepare(&c, (char *[]){ "sleep", "1000", NULL }));
	assert_int_equal(command_go(&c), EXIT_DONE);
	command_pass_on(&c, &terminal);
	command_pass_on(&c, &process);
	assert_int_equal(WTERMSIG(ended(&c)), SIGTERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_ends_as_it_wants),
		cmocka_unit_test(what_cannot_be_run),
		cmocka_unit_test(it_waits),
		cmocka_unit_test(it_has_nothing_of_ours),
		cmocka_unit_test(signals_are_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* The helper process, asked to attach: with sources that attach only once they may. */
#include "fixture.h"

#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "collect/attach.h"
#include "collect/helper.h"
#include "collect/privileges.h"
#include "collect/sources.h"

static const struct collect_options no_options;

/* Of all processes of a test. */
static struct shared {
	sem_t entered;
	sem_t may_attach;
	pid_t pid;
} * shared;

/* --- What the helper calls ----------------------------------------------------------------- */

enum exit_code programs_start(bool debug)
{
	(void)debug;
	return EXIT_DONE;
}

void privileges_keep_attaching(void)
{
}

enum exit_code privileges_check(void)
{
	return EXIT_DONE;
}

const struct source_type *sources_find(enum source_choice choice)
{
	static const struct source_type type = { .choice = SOURCE_STOCK };

	return choice == type.choice ? &type : NULL;
}

enum exit_code sources_attach(struct source *source, const struct collect_options *options,
			      uint64_t *generation)
{
	(void)options;
	shared->pid = getpid();
	sem_post(&shared->entered);
	sem_wait(&shared->may_attach);
	source->type = sources_find(SOURCE_STOCK);
	source->knowledge = KNOWS_CONTAINERS;
	*generation = 7;
	return EXIT_DONE;
}

/* --- Tests ------------------------------------------------------------------------------------ */

static int setup(void **state)
{
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED || sem_init(&shared->entered, 1, 0) ||
	    sem_init(&shared->may_attach, 1, 0))
		return -1;
	*state = helper_start(&no_options);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return munmap(shared, sizeof(*shared));
}

static bool has_answered(const struct helper *helper, int milliseconds)
{
	struct pollfd fd = { .fd = helper_fd(helper), .events = POLLIN };

	return poll(&fd, 1, milliseconds) == 1;
}

/* The caller is free to do other things until there is an answer. */
static void test_answers_later(void **state)
{
	struct helper *helper = *state;
	struct source source;
	uint64_t generation;

	assert_int_equal(helper_ask(helper), EXIT_DONE);
	sem_wait(&shared->entered);
	assert_false(has_answered(helper, 0));
	sem_post(&shared->may_attach);
	assert_true(has_answered(helper, -1));
	assert_int_equal(helper_attached(helper, &source, &generation), EXIT_DONE);
	assert_int_equal(source.type->choice, SOURCE_STOCK);
	assert_int_equal(source.knowledge, KNOWS_CONTAINERS);
	assert_int_equal(generation, 7);
	assert_int_equal(helper_check(helper), EXIT_DONE);
	helper_stop(helper);
}

/* Who quits does not wait until all is attached, and nothing attaches after the end. */
static void test_ends_meanwhile(void **state)
{
	int status;

	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(helper_ask(*state), EXIT_DONE);
	sem_wait(&shared->entered);
	helper_stop(*state);
	assert_int_equal(waitpid(shared->pid, &status, 0), shared->pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGKILL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_answers_later, setup, teardown),
		cmocka_unit_test_setup_teardown(test_ends_meanwhile, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

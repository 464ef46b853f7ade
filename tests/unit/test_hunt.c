// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command that looks for leaks: what counts, and what its exit status says.
 */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "hunt.h"

struct state {
	struct options options;
	struct hunt hunt;
	struct leak_view leaks[4];
	struct view view;
};

static int setup(void **state)
{
	static struct state s;

	memset(&s, 0, sizeof(s));
	s.options.action = ACTION_LEAKS;
	s.options.output = OUTPUT_JSON;
	s.options.file = "/dev/null";
	s.view.knowledge = KNOWS_ALL;
	s.view.leaks = s.leaks;
	*state = &s;
	return hunt_open(&s.hunt, &s.options) == EXIT_DONE ? 0 : -1;
}

static int teardown(void **state)
{
	struct state *s = *state;

	hunt_close(&s->hunt);
	return 0;
}

static void add_leak(struct state *s, enum leak_kind kind, uint64_t container, bool before_watch)
{
	s->leaks[s->view.n_leaks++] = (struct leak_view){
		.kind = kind,
		.container = { container, true },
		.before_watch = { before_watch, true },
	};
}

/* As if a command had run that ended with this status. */
static void ran(struct state *s, int status)
{
	s->options.command = (char *[]){ "program", NULL };
	s->hunt.command.name = "program";
	s->hunt.command.ended = true;
	s->hunt.command.status = status;
}

static enum exit_code end(struct state *s)
{
	assert_int_equal(hunt_report(&s->hunt, &s->view), EXIT_DONE);
	return hunt_end(&s->hunt, &s->view);
}

static void without_a_command(void **state)
{
	struct state *s = *state;

	assert_int_equal(end(s), EXIT_DONE);
	add_leak(s, LEAK_GROWTH, 1, true);
	assert_int_equal(end(s), EXIT_LEAKS);
	/* It was found, though it has ended. */
	s->view.n_leaks = 0;
	assert_int_equal(end(s), EXIT_LEAKS);
}

static void what_a_command_leaves_behind(void **state)
{
	struct state *s = *state;

	ran(s, 0);
	add_leak(s, LEAK_ORPHAN, 1, true);
	assert_int_equal(end(s), EXIT_DONE);
	add_leak(s, LEAK_ORPHAN, 2, false);
	assert_int_equal(end(s), EXIT_LEAKS);
	/* What has ended by then is not left behind. */
	s->view.n_leaks = 0;
	assert_int_equal(end(s), EXIT_DONE);
	/* But what the kernel has leaked is, also when its modules were loaded again. */
	add_leak(s, LEAK_KERNEL, 2, false);
	assert_int_equal(hunt_report(&s->hunt, &s->view), EXIT_DONE);
	s->view.n_leaks = 0;
	assert_int_equal(end(s), EXIT_LEAKS);
}

static void status_of_a_command(void **state)
{
	struct state *s = *state;

	ran(s, 8 << 8);
	assert_int_equal(end(s), EXIT_COMMAND);
	ran(s, 15);
	assert_int_equal(end(s), EXIT_COMMAND);
	add_leak(s, LEAK_ORPHAN, 2, false);
	assert_int_equal(end(s), EXIT_LEAKS);
}

static void not_watched_to_its_end(void **state)
{
	struct state *s = *state;
	char why[COMPLAINT_SIZE];

	ran(s, 0);
	s->hunt.command.ended = false;
	complaint_hold();
	assert_int_equal(end(s), EXIT_FAILED);
	complaint_release(why);
	assert_string_equal(why, "program was not watched to its end; run it again");
}

/* Leaks show some intervals after the end; who holds an orphan is looked for even longer. */
static void waits_for_what_shows_later(void **state)
{
	struct state *s = *state;

	assert_false(hunt_tick(&s->hunt, &s->view));
	ran(s, 0);
	for (int i = 1; i < HUNT_TICKS; i++)
		assert_false(hunt_tick(&s->hunt, &s->view));
	add_leak(s, LEAK_ORPHAN, 2, false);
	s->leaks[0].unfinished = true;
	for (int i = 0; i < 5; i++)
		assert_false(hunt_tick(&s->hunt, &s->view));
	s->leaks[0].unfinished = false;
	assert_true(hunt_tick(&s->hunt, &s->view));
	/* But not for ever. */
	s->leaks[0].unfinished = true;
	for (int i = 0; i < HUNT_TICKS_MOST; i++)
		hunt_tick(&s->hunt, &s->view);
	assert_true(hunt_tick(&s->hunt, &s->view));
}

static void a_source_that_knows_nothing(void **state)
{
	struct state *s = *state;
	char why[COMPLAINT_SIZE];

	s->view.knowledge = 0;
	complaint_hold();
	assert_int_equal(hunt_report(&s->hunt, &s->view), EXIT_NO_EVENTS);
	complaint_release(why);
	/* While it waits there is no source. */
	snprintf(s->view.waiting_for, sizeof(s->view.waiting_for), "the module vfio");
	assert_int_equal(hunt_report(&s->hunt, &s->view), EXIT_DONE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_command),	  TEST(what_a_command_leaves_behind),
		TEST(status_of_a_command),	  TEST(not_watched_to_its_end),
		TEST(waits_for_what_shows_later), TEST(a_source_that_knows_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

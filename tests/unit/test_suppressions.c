// SPDX-License-Identifier: GPL-2.0-only
/*
 * Files of leaks that are not to be reported.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exit.h"
#include "model/suppressions.h"

static struct suppressions *read_text(const char *text, char why[COMPLAINT_SIZE])
{
	char path[] = "/tmp/suppressions.XXXXXX";
	int fd = mkstemp(path);
	struct suppressions *s;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
	complaint_hold();
	s = suppressions_read(path);
	complaint_release(why);
	unlink(path);
	return s;
}

static struct leak_view leak(void)
{
	static const uint32_t groups[] = { 3, 4 };
	static const char *const devices[] = { "0000:01:00.0", "0000:01:00.1" };

	return (struct leak_view){
		.kind = LEAK_GROWTH,
		.name = "growth",
		.comm = "qemu-system-x86",
		.pid = { 100, true },
		.container = { 7, true },
		.bytes = { 1 << 20, true },
		.groups = groups,
		.n_groups = 2,
		.devices = devices,
		.n_devices = 2,
	};
}

static bool matches(const char *text)
{
	const struct leak_view l = leak();
	char why[COMPLAINT_SIZE];
	struct suppressions *s = read_text(text, why);
	bool match;

	if (!s)
		fail_msg("%s", why);
	match = suppressions_match(s, &l);
	suppressions_free(s);
	return match;
}

static void lines_match(void **state)
{
	(void)state;
	assert_false(matches(""));
	assert_false(matches("# growth\n\n\t\n"));
	assert_true(matches("growth"));
	assert_true(matches("  *\t\n"));
	assert_false(matches("orphan\n"));
	assert_true(matches("orphan\ngrowth\n"));
	assert_true(matches("kind=g*"));
	assert_true(matches("growth process=qemu-*"));
	assert_false(matches("growth process=qemu"));
	assert_false(matches("orphan process=qemu-*"));
	assert_true(matches("* pid=100"));
	assert_false(matches("* pid=10"));
	assert_true(matches("* group=4"));
	assert_false(matches("* group=5"));
	assert_true(matches("* device=0000:01:00.?"));
	assert_false(matches("* device=0000:02:*"));
	assert_true(matches("* container=7 device=*.1"));
	assert_true(matches("* up-to=1M"));
	assert_true(matches("growth up-to=1048576"));
	assert_false(matches("* up-to=1023K"));
}

/* A leak of unknown size, process or device is not suppressed by one that is known. */
static void what_is_unknown_matches_nothing(void **state)
{
	struct leak_view l = { .name = "kernel-leak" };
	char why[COMPLAINT_SIZE];
	struct suppressions *s = read_text("* up-to=1G\n* process=*\n* pid=0\n* device=*\n", why);

	(void)state;
	assert_non_null(s);
	assert_false(suppressions_match(s, &l));
	suppressions_free(s);
	assert_false(suppressions_match(NULL, &l));
}

static void wrong(const char *text, const char *expected)
{
	char why[COMPLAINT_SIZE];

	assert_null(read_text(text, why));
	if (!strstr(why, expected))
		fail_msg("%s: not as expected: %s", text, why);
}

static void errors_name_the_line(void **state)
{
	(void)state;
	wrong("growth\n\ngrowth task=x\n", ":3: the name of a condition is kind, process,");
	wrong("# x\ngrowth qemu", ":2: a condition is NAME=VALUE");
	wrong("growth pid=x", ":1: this condition needs a number");
	wrong("growth up-to=1T", ":1: this condition needs a number");
	wrong("growth up-to=99999999999999G", ":1: this condition needs a number");
	wrong("growth process=", ":1: a condition has no value");
	wrong("a b=c", ":1: the name");
	wrong("* pid=1 pid=1 pid=1 pid=1 pid=1 pid=1 pid=1 pid=1", ":1: there are too many");
	assert_null(suppressions_read("/nonexistent/file"));
}

static void the_report_is_without_them(void **state)
{
	struct fixture *f = *state;
	char why[COMPLAINT_SIZE];
	struct suppressions *s = read_text("kernel-leak container=1\n", why);
	const struct view *view;

	fixture_container(f, 1, 100)->unpinned_short = PAGE;
	fixture_container(f, 2, 101)->unpinned_short = PAGE;
	model_suppress(f->model, s);
	view = fixture_tick(f);
	assert_int_equal(view->n_leaks, 1);
	assert_known(view->leaks[0].container, 2);
	assert_known(view->suppressed, 1);
	/* Neither is there an alert. */
	assert_int_equal(view->n_alerts, 1);
	model_suppress(f->model, NULL);
	suppressions_free(s);
	view = fixture_tick(f);
	assert_int_equal(view->n_leaks, 2);
	assert_known(view->suppressed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_match),
		cmocka_unit_test(what_is_unknown_matches_nothing),
		cmocka_unit_test(errors_name_the_line),
		cmocka_unit_test_setup_teardown(the_report_is_without_them, fixture_setup,
						fixture_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

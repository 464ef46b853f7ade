// SPDX-License-Identifier: GPL-2.0-only
/*
 * Configuration files: what they may say, and that the command line wins.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exit.h"
#include "options.h"

#define PARSE(...) parse((char *[]){ "vfiotop", ##__VA_ARGS__, NULL })

static char folder[] = "/tmp/vfiotop-config-XXXXXX";
static char path[sizeof(folder) + 16];

static struct options parse(char **argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	return options_parse(argc, argv, false);
}

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	setenv("XDG_CONFIG_HOME", folder, 1);
	snprintf(path, sizeof(path), "%s/vfiotop", folder);
	return mkdir(path, 0700) || !strcat(path, "/config");
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	return rmdir(folder);
}

static void configure(const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void settings(void **state)
{
	struct options o;

	(void)state;
	configure("# all of it\n"
		  "\n"
		  "delay = 0.25   # four times a second\n"
		  "  columns=id,pid\n"
		  "runs\n"
		  "alerts = slow-map=5,memlock=50\n"
		  "disable-feature = bpf");
	o = PARSE();
	assert_int_equal(o.action, ACTION_WATCH);
	assert_int_equal(o.interval_ns, FIXTURE_SECOND_NS / 4);
	assert_string_equal(o.columns, "id,pid");
	assert_true(o.collect.runs);
	assert_int_equal(o.alerts.slow_ns, 5 * FIXTURE_SECOND_NS);
	assert_int_equal(o.alerts.memlock, 50);
	assert_int_equal(o.alerts.mappings, 80);
	assert_true(collect_disabled(&o.collect, "bpf"));
}

static void command_line_wins(void **state)
{
	(void)state;
	configure("delay = 2\ncolumns = id\nlisten = 127.0.0.1:1\n");
	assert_int_equal(PARSE("-d", "3").interval_ns, 3 * FIXTURE_SECOND_NS);
	assert_string_equal(PARSE("-o", "pid").columns, "pid");
	assert_string_equal(PARSE("serve", "--listen=[::1]:2").listen, "[::1]:2");
	assert_string_equal(PARSE("serve").listen, "127.0.0.1:1");
	assert_null(PARSE("serve", "--textfile=/x").listen);
	/* What belongs to reports and to serve is not in the way of others. */
	assert_int_equal(PARSE("record", "-o", "x").action, ACTION_RECORD);
	assert_int_equal(PARSE("report", "x", "-o", "y").action, ACTION_REPORT);
	assert_int_equal(PARSE("--no-config").interval_ns, FIXTURE_SECOND_NS);
	assert_int_equal(PARSE("--no-config", "--config=x").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--config=/nowhere").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--config", path).interval_ns, 2 * FIXTURE_SECOND_NS);
}

static void assert_wrong(const char *text, const char *expected)
{
	char why[COMPLAINT_SIZE];

	configure(text);
	complaint_hold();
	assert_int_equal(PARSE().action, ACTION_COMPLAINED);
	complaint_release(why);
	if (!strstr(why, expected))
		fail_msg("\"%s\" lacks \"%s\"", why, expected);
	/* Help is there whatever the files say. */
	assert_int_equal(PARSE("--version").action, ACTION_VERSION);
}

static void errors(void **state)
{
	static char longer[2000];

	(void)state;
	assert_wrong("delay = 1\n\nnonsense = 3\n", "line 3: there is no setting nonsense");
	assert_wrong("delay = x\n", "line 1: delay needs seconds");
	assert_wrong("delay\n", "line 1: it needs a value");
	assert_wrong("runs = 1\n", "line 1: it has no value");
	assert_wrong("alerts = slow-map=0\n", "line 1: alerts needs");
	/* Not everything that is an option is a setting. */
	assert_wrong("pid = 1\n", "there is no setting pid");
	assert_wrong("version\n", "there is no setting version");
	memset(longer, ' ', sizeof(longer) - 1);
	assert_wrong(longer, "line 1: the line is too long");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(settings),
		cmocka_unit_test(command_line_wins),
		cmocka_unit_test(errors),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}

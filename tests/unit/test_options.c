// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command line. What it says on stderr is the VM suites' business.
 */
#include "fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "options.h"

#define PARSE(...) parse((char *[]){ "vfiotop", ##__VA_ARGS__, NULL }, false)

static struct options parse(char **argv, bool terminal)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	return options_parse(argc, argv, terminal);
}

static void defaults(void **state)
{
	struct options o = PARSE();

	(void)state;
	assert_int_equal(o.action, ACTION_WATCH);
	assert_int_equal(o.output, OUTPUT_BATCH);
	assert_int_equal(o.interval_ns, FIXTURE_SECOND_NS);
	assert_int_equal(o.count, 0);
	assert_int_equal(o.only.pid, 0);
	assert_int_equal(o.ready_fd, -1);
	assert_int_equal(o.collect.source, SOURCE_AUTO);
	assert_int_equal(o.collect.attach, ATTACH_AUTO);
	assert_false(o.collect.runs);
	assert_false(collect_disabled(&o.collect, "types"));
	assert_int_equal(parse((char *[]){ "vfiotop", NULL }, true).output, OUTPUT_SCREEN);
}

static void duration(void **state)
{
	struct options o = PARSE("--duration=250", "--pid=42");

	(void)state;
	assert_int_equal(o.action, ACTION_WATCH);
	assert_int_equal(o.output, OUTPUT_BATCH);
	assert_true(o.collect.trace);
	assert_int_equal(o.collect.trace_ns, 250000);
	assert_int_equal(o.collect.trace_pid, 42);
	assert_int_equal(PARSE("--format=json", "--duration=0").output, OUTPUT_JSON);
	assert_false(PARSE("-b").collect.trace);
	assert_int_equal(PARSE("--duration=-1").action, ACTION_COMPLAINED);
	assert_true(PARSE("--duration=1", "--stacks").collect.trace_stacks);
	assert_int_equal(PARSE("--stacks").action, ACTION_COMPLAINED);
	assert_true(PARSE("leaks", "--stacks").collect.trace);
	assert_int_equal(PARSE("leaks", "--stacks", "--replay=file").action, ACTION_COMPLAINED);
	assert_false(PARSE("leaks").collect.trace);
	assert_int_equal(PARSE("--duration=1", "--once").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--duration=1", "--group=1").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--duration=1", "--replay=x").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("record", "-o", "x", "--duration=1").action, ACTION_COMPLAINED);
}

static void values(void **state)
{
	struct options o = PARSE("-d", "0.25", "-n", "3", "-p", "42", "--ready-fd=5",
				 "--attach=raw_tp", "--max-containers=64", "--debug",
				 "--source=stock", "--runs", "--disable-feature=types",
				 "--disable-feature=vfio_remove_dma");

	(void)state;
	assert_int_equal(o.action, ACTION_WATCH);
	assert_int_equal(o.interval_ns, FIXTURE_SECOND_NS / 4);
	assert_int_equal(o.count, 3);
	assert_int_equal(o.only.pid, 42);
	assert_int_equal(o.ready_fd, 5);
	assert_int_equal(o.collect.attach, ATTACH_RAW_TP);
	assert_int_equal(o.collect.max_containers, 64);
	assert_true(o.collect.debug);
	assert_int_equal(o.collect.source, SOURCE_STOCK);
	assert_true(o.collect.runs);
	assert_true(collect_disabled(&o.collect, "types"));
	assert_true(collect_disabled(&o.collect, "vfio_remove_dma"));
	assert_false(collect_disabled(&o.collect, "tracepoints"));
}

static void selections(void **state)
{
	struct options o = PARSE("-g", "noiommu-7", "--container=3", "--device=01:00.0", "--cgroup",
				 "/machine.slice");

	(void)state;
	assert_int_equal(o.action, ACTION_WATCH);
	assert_true(o.only.by_group);
	assert_int_equal(o.only.group, 7);
	assert_int_equal(o.only.container, 3);
	assert_string_equal(o.only.device, "01:00.0");
	assert_string_equal(o.only.cgroup, "/machine.slice");
	assert_int_equal(PARSE("--group=0").only.by_group, true);
	assert_int_equal(PARSE("-g", "x").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("-g", "noiommu-").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--container=0").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--device=").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--cgroup=").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("record", "-o", "x", "--cgroup=/").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("record", "-o", "x", "--container=1").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("report", "x", "-o", "y", "-g", "1").action, ACTION_REPORT);
	assert_int_equal(PARSE("serve", "--container=1").action, ACTION_SERVE);
}

static void leaks(void **state)
{
	struct options o = PARSE("leaks", "--for", "1:30", "--suppressions=s", "--json", "--",
				 "program", "--for", "2");

	(void)state;
	assert_int_equal(o.action, ACTION_LEAKS);
	assert_int_equal(o.output, OUTPUT_JSON);
	assert_int_equal(o.for_ns, 90 * FIXTURE_SECOND_NS);
	assert_string_equal(o.suppressions, "s");
	assert_string_equal(o.command[0], "program");
	assert_string_equal(o.command[2], "2");
	assert_null(o.command[3]);

	assert_null(PARSE("leaks").command);
	assert_int_equal(PARSE("leaks", "-o", "x").action, ACTION_LEAKS);
	/* The terminal is the command's. */
	assert_int_equal(parse((char *[]){ "vfiotop", "leaks", NULL }, true).output, OUTPUT_SCREEN);
	assert_int_equal(parse((char *[]){ "vfiotop", "leaks", "x", NULL }, true).output,
			 OUTPUT_BATCH);
	assert_int_equal(PARSE("leaks", "--for=0").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("leaks", "--format=csv").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("leaks", "--columns=id").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("leaks", "--replay=x", "--", "y").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--for=3").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("serve", "--suppressions=x").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("record", "-o", "x", "y").action, ACTION_COMPLAINED);
}

static void growth(void **state)
{
	struct options o = PARSE("--growth", "window=60,start-up=0,slope=4096,confidence=95");

	(void)state;
	assert_int_equal(o.action, ACTION_WATCH);
	assert_int_equal(o.growth.window_ns, 60 * FIXTURE_SECOND_NS);
	assert_int_equal(o.growth.start_up_ns, 0);
	assert_int_equal(o.growth.per_minute, 4096);
	assert_int_equal(o.growth.confidence, 95);
	assert_int_equal(PARSE().growth.window_ns, 300 * FIXTURE_SECOND_NS);
	assert_int_equal(PARSE("--growth=window").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--growth=window=60,").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--growth=window=,slope=1").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--growth=a-name-that-is-too-long=1").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--growth=window=60.000000000000000000000000").action,
			 ACTION_COMPLAINED);
	assert_int_equal(PARSE("--growth=").action, ACTION_COMPLAINED);
}

static void outputs(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--json").output, OUTPUT_JSON);
	assert_int_equal(PARSE("-b", "--json").output, OUTPUT_JSON);
	assert_int_equal(PARSE("--json", "-b").output, OUTPUT_JSON);
	assert_int_equal(PARSE("--json", "--once").output, OUTPUT_JSON);
	assert_int_equal(PARSE("--once").count, 1);
	assert_true(PARSE("--once").once);
	assert_int_equal(PARSE("--once", "-n", "3").count, 3);
	assert_int_equal(PARSE("-n", "3", "--once").count, 3);
	assert_false(PARSE("-n", "1").once);
	assert_int_equal(parse((char *[]){ "vfiotop", "--once", NULL }, true).output, OUTPUT_BATCH);
}

static void ladder(void **state)
{
	static const char *const features[] = {
		"tracepoints",
		"types",
		"fentry",
		"kprobes",
		"iommu",
		"bpf",
		"vfio_iommu_type1_ioctl",
	};

	(void)state;
	assert_int_equal(PARSE("--source=auto").collect.source, SOURCE_AUTO);
	assert_int_equal(PARSE("--source=tracepoints").collect.source, SOURCE_TRACEPOINTS);
	assert_int_equal(PARSE("--source=kprobes").collect.source, SOURCE_KPROBES);
	assert_int_equal(PARSE("--source=iommu").collect.source, SOURCE_IOMMU);
	assert_int_equal(PARSE("--source=proc").collect.source, SOURCE_PROC);
	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		struct options o = PARSE("--disable-feature", (char *)features[i]);

		assert_int_equal(o.action, ACTION_WATCH);
		assert_true(collect_disabled(&o.collect, features[i]));
	}
}

static void other_actions(void **state)
{
	(void)state;
	assert_int_equal(PARSE("--help").action, ACTION_HELP);
	assert_int_equal(PARSE("--version").action, ACTION_VERSION);
	assert_int_equal(PARSE("--list-fields").action, ACTION_LIST_FIELDS);
	assert_int_equal(PARSE("--list-options").action, ACTION_LIST_OPTIONS);
	assert_int_equal(PARSE("--info").action, ACTION_INFO);
}

static void wrong_ones(void **state)
{
	(void)state;
	assert_int_equal(PARSE("-x").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--nonsense").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("stray").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("-d").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("-d", "0").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("-d", "-1").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("-d", "nan").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("-d", "1s").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("-d", "1e9").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("-n", "0").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("-n", "-3").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("-n", " 3").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("-p", "0").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("-p", "qemu").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--attach=kprobe").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--source=kernel").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--disable-feature=magic").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--max-containers=0").action, ACTION_COMPLAINED);
	assert_int_equal(PARSE("--json=1").action, ACTION_COMPLAINED);
}

static int real_stderr = -1;

/* Complaints are expected here and would only confuse a reader of the results. */
static int silence(void **state)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	real_stderr = dup(STDERR_FILENO);
	return null >= 0 && real_stderr >= 0 && dup2(null, STDERR_FILENO) >= 0 ? 0 : -1;
}

static int unsilence(void **state)
{
	(void)state;
	return dup2(real_stderr, STDERR_FILENO) >= 0 ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults),
		cmocka_unit_test(values),
		cmocka_unit_test(duration),
		cmocka_unit_test(selections),
		cmocka_unit_test(leaks),
		cmocka_unit_test(growth),
		cmocka_unit_test(outputs),
		cmocka_unit_test(ladder),
		cmocka_unit_test(other_actions),
		cmocka_unit_test_setup_teardown(wrong_ones, silence, unsilence),
	};

	/* No settings of the user. */
	setenv("XDG_CONFIG_HOME", "/nowhere", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}

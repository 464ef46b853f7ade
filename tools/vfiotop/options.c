// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "collect/hooks.h"
#include "config.h"
#include "exit.h"

#define INTERVAL_MIN   0.05
#define INTERVAL_MAX   86400.0
#define CONTAINERS     2048 /* as the help says */
#define CONTAINERS_MAX 65536
#define PID_NUMBER_MAX 4194304
#define DURATION_MAX   86400000000
#define NOIOMMU	       "noiommu-"
#define SPEED_MIN      0.01
#define SPEED_MAX      1000.0

static bool parse_number(const char *text, unsigned long min, unsigned long max,
			 unsigned long *number)
{
	char *end;

	errno = 0;
	*number = strtoul(text, &end, 10);
	return *text >= '0' && *text <= '9' && !*end && !errno && *number >= min && *number <= max;
}

static bool parse_seconds(const char *text, uint64_t *ns)
{
	double seconds;
	char *end;

	errno = 0;
	seconds = strtod(text, &end);
	if (end == text || *end || errno || !(seconds >= INTERVAL_MIN && seconds <= INTERVAL_MAX))
		return false;
	*ns = (uint64_t)(seconds * 1e9);
	return true;
}

/* Seconds, or minutes and seconds, or hours, minutes and seconds. */
static bool parse_time(const char *text, uint64_t *ns)
{
	double time = 0, part;
	char *end;

	for (int colons = 0; colons < 3; colons++) {
		if (*text < '0' || *text > '9')
			return false;
		part = strtod(text, &end);
		time = time * 60 + part;
		if (*end != ':')
			break;
		text = end + 1;
	}
	if (*end || time > INTERVAL_MAX * 365)
		return false;
	*ns = (uint64_t)(time * 1e9);
	return true;
}

/* The place of a word in a table that ends with NULL. */
static bool find_word(const char *word, const char *const *table, size_t *place)
{
	for (*place = 0; table[*place]; (*place)++)
		if (!strcmp(word, table[*place]))
			return true;
	return false;
}

/* --- What each option does ----------------------------------------------------------- */

static bool take_delay(struct options *o, const char *text)
{
	return parse_seconds(text, &o->interval_ns);
}

static bool take_batch(struct options *o, const char *text)
{
	(void)text;
	if (o->output == OUTPUT_SCREEN)
		o->output = OUTPUT_BATCH;
	return true;
}

static bool take_count(struct options *o, const char *text)
{
	unsigned long number;

	if (!parse_number(text, 1, ULONG_MAX, &number))
		return false;
	o->count = number;
	return true;
}

static bool take_pid(struct options *o, const char *text)
{
	unsigned long number;

	if (!parse_number(text, 1, PID_NUMBER_MAX, &number))
		return false;
	o->only.pid = (uint32_t)number;
	return true;
}

static bool take_group(struct options *o, const char *text)
{
	unsigned long number;

	/* As its file in /dev/vfio is called. */
	if (!strncmp(text, NOIOMMU, strlen(NOIOMMU)))
		text += strlen(NOIOMMU);
	if (!parse_number(text, 0, UINT32_MAX, &number))
		return false;
	o->only.by_group = true;
	o->only.group = (uint32_t)number;
	return true;
}

static bool take_container(struct options *o, const char *text)
{
	unsigned long number;

	if (!parse_number(text, 1, ULONG_MAX, &number))
		return false;
	o->only.container = number;
	return true;
}

static bool take_device(struct options *o, const char *text)
{
	o->only.device = text;
	return *text;
}

static bool take_cgroup(struct options *o, const char *text)
{
	o->only.cgroup = text;
	return *text;
}

static bool take_once(struct options *o, const char *text)
{
	/* Unless a number is given, too, in whatever order. */
	o->count = o->count ? o->count : 1;
	o->once = true;
	return take_batch(o, text);
}

static bool take_json(struct options *o, const char *text)
{
	(void)text;
	o->output = OUTPUT_JSON;
	return true;
}

static const char *const format_names[] = { "text", "csv", "json", NULL };

static bool take_format(struct options *o, const char *text)
{
	size_t place;

	if (!find_word(text, format_names, &place))
		return false;
	o->output = (enum output_mode)(OUTPUT_BATCH + place);
	return true;
}

static bool take_columns(struct options *o, const char *text)
{
	o->columns = text;
	return take_batch(o, text);
}

static bool take_sort(struct options *o, const char *text)
{
	o->sort = text;
	return take_batch(o, text);
}

static bool take_output(struct options *o, const char *text)
{
	o->file = text;
	return true;
}

static bool take_anonymise(struct options *o, const char *text)
{
	(void)text;
	o->anonymise = true;
	return true;
}

static bool take_replay(struct options *o, const char *text)
{
	o->replay = text;
	return true;
}

static bool take_speed(struct options *o, const char *text)
{
	char *end;

	o->speed = strtod(text, &end);
	return end != text && !*end && o->speed >= SPEED_MIN && o->speed <= SPEED_MAX;
}

static bool take_from(struct options *o, const char *text)
{
	return parse_time(text, &o->from_ns);
}

static bool take_source(struct options *o, const char *text)
{
	size_t place;

	if (!find_word(text, source_names, &place))
		return false;
	o->collect.source = (enum source_choice)place;
	return true;
}

static bool take_attach(struct options *o, const char *text)
{
	size_t place;

	if (!find_word(text, attach_names, &place))
		return false;
	o->collect.attach = (enum attach_method)place;
	return true;
}

static bool take_runs(struct options *o, const char *text)
{
	(void)text;
	o->collect.runs = true;
	return true;
}

static bool take_duration(struct options *o, const char *text)
{
	unsigned long number;

	if (!parse_number(text, 0, DURATION_MAX, &number))
		return false;
	o->collect.trace = true;
	o->collect.trace_ns = number * 1000;
	return take_batch(o, text);
}

static bool take_stacks(struct options *o, const char *text)
{
	(void)text;
	o->collect.trace_stacks = true;
	return true;
}

static bool take_disabled(struct options *o, const char *text)
{
	struct collect_options *c = &o->collect;
	size_t place;

	if (!find_word(text, feature_names, &place) && !hooks_find(&hooks_stock, text) &&
	    !hooks_find(&hooks_kprobes, text) && !hooks_find(&hooks_iommufd, text) &&
	    !hooks_find(&hooks_kprobes_iommufd, text))
		return false;
	if (c->n_disabled == COLLECT_DISABLED)
		return false;
	c->disabled[c->n_disabled++] = text;
	return true;
}

static bool take_max_containers(struct options *o, const char *text)
{
	unsigned long number;

	if (!parse_number(text, 1, CONTAINERS_MAX, &number))
		return false;
	o->collect.max_containers = (unsigned int)number;
	return true;
}

static bool take_ready_fd(struct options *o, const char *text)
{
	unsigned long number;

	if (!parse_number(text, 0, INT_MAX, &number))
		return false;
	o->ready_fd = (int)number;
	return true;
}

static bool take_debug(struct options *o, const char *text)
{
	(void)text;
	o->collect.debug = true;
	return true;
}

static bool take_listen(struct options *o, const char *text)
{
	o->listen = text;
	return *text;
}

static bool take_textfile(struct options *o, const char *text)
{
	o->textfile = text;
	return *text;
}

static bool take_for(struct options *o, const char *text)
{
	return parse_time(text, &o->for_ns) && o->for_ns;
}

static bool take_suppressions(struct options *o, const char *text)
{
	o->suppressions = text;
	return *text;
}

/* NAME=NUMBER, separated by commas. */
static bool take_limits(const char *text, void *limits,
			const char *(*set)(void *limits, const char *name, const char *number))
{
	char name[16], number[24];

	for (;;) {
		size_t length = strcspn(text, ","), sign = strcspn(text, "=");

		if (sign >= length || sign >= sizeof(name) || length - sign > sizeof(number))
			return false;
		snprintf(name, sizeof(name), "%.*s", (int)sign, text);
		snprintf(number, sizeof(number), "%.*s", (int)(length - sign - 1), text + sign + 1);
		if (set(limits, name, number))
			return false;
		if (!text[length])
			return true;
		text += length + 1;
	}
}

static const char *set_growth(void *limits, const char *name, const char *number)
{
	return growth_limits_set(limits, name, number);
}

static const char *set_alert(void *limits, const char *name, const char *number)
{
	return alert_limits_set(limits, name, number);
}

static bool take_growth(struct options *o, const char *text)
{
	return take_limits(text, &o->growth, set_growth);
}

static bool take_alerts(struct options *o, const char *text)
{
	return take_limits(text, &o->alerts, set_alert);
}

static bool take_config(struct options *o, const char *text)
{
	o->config = text;
	return *text;
}

static bool take_no_config(struct options *o, const char *text)
{
	(void)text;
	o->no_config = true;
	return true;
}

/* --- The table ----------------------------------------------------------------------- */

/*
 * struct option_row - one option
 * @key: its letter, or any other number
 * @name: its long name
 * @argument: what its argument is, NULL when it has none
 * @words: words that the argument can be, NULL when it is none of a few
 * @take: uses the argument; false when that is wrong; NULL for an action
 * @action: what to do instead of watching, for an option that says so
 * @needs: what the argument has to be
 * @help: what it does; a line break continues it in the next line
 */
struct option_row {
	int key;
	const char *name;
	const char *argument;
	const char *const *words;
	bool (*take)(struct options *o, const char *text);
	enum option_action action;
	const char *needs;
	const char *help;
};

/* Keys of options without a letter, which getopt_long() has to tell apart. */
enum {
	KEY_LONG = 256,
	KEY_OUTPUT = KEY_LONG + 13,
};

static const struct option_row rows[] = {
	{ 'd', "delay", "SECONDS", NULL, take_delay, 0, "seconds from 0.05 to 86400",
	  "time between reports (1)" },
	{ 'b', "batch", NULL, NULL, take_batch, 0, NULL,
	  "print reports as text, one after the other" },
	{ 'n', "count", "COUNT", NULL, take_count, 0, "a number of at least 1",
	  "exit after COUNT reports" },
	{ 'p', "pid", "PID", NULL, take_pid, 0, "the number of a process",
	  "show only this process" },
	{ 'g', "group", "GROUP", NULL, take_group, 0, "the number of a group",
	  "show only this IOMMU group" },
	{ KEY_LONG + 20, "container", "CONTAINER", NULL, take_container, 0,
	  "the number of a container", "show only this container or IOAS" },
	{ KEY_LONG + 21, "device", "DEVICE", NULL, take_device, 0,
	  "the address or name of a device",
	  "show only this device, as in 0000:01:00.0 or 01:00.0" },
	{ KEY_LONG + 22, "cgroup", "PATH", NULL, take_cgroup, 0, "the path of a cgroup",
	  "show only this cgroup and those below it" },
	{ KEY_LONG, "once", NULL, NULL, take_once, 0, NULL,
	  "watch for one interval, print the report, and exit" },
	{ KEY_LONG + 1, "json", NULL, NULL, take_json, 0, NULL,
	  "print each report as one line of JSON" },
	{ KEY_LONG + 2, "source", "SOURCE", source_names, take_source, 0,
	  "auto, tracepoints, stock, kprobes, iommu or proc",
	  "auto, tracepoints, stock, kprobes, iommu or proc (auto)" },
	{ KEY_LONG + 3, "attach", "METHOD", attach_names, take_attach, 0, "auto, tp_btf or raw_tp",
	  "how to attach to tracepoints: auto, tp_btf or raw_tp" },
	{ KEY_LONG + 4, "runs", NULL, NULL, take_runs, 0, NULL,
	  "count runs and page sizes on the kernel's own modules at any cost" },
	{ KEY_LONG + 60, "duration", "USEC", NULL, take_duration, 0,
	  "microseconds from 0 to 86400000000",
	  "instead of reports, print each map, unmap and teardown that takes\n"
	  "at least USEC microseconds, as it ends; all of them with 0" },
	{ KEY_LONG + 61, "stacks", NULL, NULL, take_stacks, 0, NULL,
	  "with --duration: print who called it, too;\n"
	  "with leaks: who made what leaks" },
	{ KEY_LONG + 5, "info", NULL, NULL, NULL, ACTION_INFO, NULL,
	  "print what this kernel offers, and which figures are unknown" },
	{ KEY_LONG + 6, "disable-feature", "F", feature_names, take_disabled, 0,
	  "tracepoints, types, fentry, kprobes, iommu, bpf or a function that --info lists, eight "
	  "at most",
	  "do not use: tracepoints, types, fentry, kprobes, iommu, bpf\n"
	  "or a function that --info lists" },
	{ KEY_LONG + 7, "max-containers", "N", NULL, take_max_containers, 0,
	  "a number from 1 to 65536", "containers watched at once (2048)" },
	{ KEY_LONG + 8, "ready-fd", "FD", NULL, take_ready_fd, 0,
	  "the number of an open file descriptor",
	  "write a line to this file descriptor once watching" },
	{ KEY_LONG + 9, "list-fields", NULL, NULL, NULL, ACTION_LIST_FIELDS, NULL,
	  "describe every field of a report" },
	{ KEY_LONG + 10, "list-options", NULL, NULL, NULL, ACTION_LIST_OPTIONS, NULL,
	  "list the options, for shell completion" },
	{ KEY_LONG + 12, "format", "FORMAT", format_names, take_format, 0, "text, csv or json",
	  "print reports as text, csv or json" },
	{ 'o', "columns", "COLUMNS", NULL, take_columns, 0, "names of fields",
	  "columns of text and csv, as --list-fields names them" },
	{ 's', "sort", "COLUMN", NULL, take_sort, 0, "the name of a field",
	  "sort rows by this column, the largest first" },
	{ KEY_OUTPUT, "output", "FILE", NULL, take_output, 0, "the name of a file",
	  "file that a command writes; -o after a command" },
	{ KEY_LONG + 14, "anonymise", NULL, NULL, take_anonymise, 0, NULL,
	  "record: hide names of processes, cgroups and devices" },
	{ KEY_LONG + 15, "replay", "FILE", NULL, take_replay, 0, "the name of a file",
	  "show a recording instead of this machine" },
	{ KEY_LONG + 16, "speed", "FACTOR", NULL, take_speed, 0, "a number from 0.01 to 1000",
	  "replay so much faster (1 on the screen, else at once)" },
	{ KEY_LONG + 17, "from", "TIME", NULL, take_from, 0, "seconds or H:M:S",
	  "replay from TIME after the first report, as in 90 or 1:30" },
	{ KEY_LONG + 40, "listen", "ADDRESS:PORT", NULL, take_listen, 0, "ADDRESS:PORT",
	  "serve: where (127.0.0.1:9977)" },
	{ KEY_LONG + 41, "textfile", "FOLDER", NULL, take_textfile, 0, "the name of a folder",
	  "serve: write vfiotop.prom there instead" },
	{ KEY_LONG + 50, "for", "TIME", NULL, take_for, 0, "seconds or H:M:S",
	  "leaks: look so long, and print one report" },
	{ KEY_LONG + 51, "suppressions", "FILE", NULL, take_suppressions, 0, "the name of a file",
	  "leaks: do not report those that FILE names" },
	{ KEY_LONG + 52, "growth", "LIMITS", NULL, take_growth, 0,
	  "limits as in window=300,start-up=60,slope=0,confidence=90",
	  "what is a leak by growth: window=300,start-up=60 in\n"
	  "seconds, slope=0 in bytes a minute, confidence=90 in percent" },
	{ KEY_LONG + 70, "alerts", "LIMITS", NULL, take_alerts, 0,
	  "limits as in slow-map=1,hot-path=1000,memlock=90,mappings=80",
	  "when there is an alert: slow-map=1 in seconds, hot-path=1000 in\n"
	  "maps a second, memlock=90 and mappings=80 in percent" },
	{ KEY_LONG + 71, "config", "FILE", NULL, take_config, 0, "the name of a file",
	  "read these settings, not ~/.config/vfiotop/config and\n"
	  "/etc/vfiotop.conf" },
	{ KEY_LONG + 72, "no-config", NULL, NULL, take_no_config, 0, NULL,
	  "read no settings from files" },
	{ KEY_LONG + 11, "debug", NULL, NULL, take_debug, 0, NULL, "print libbpf's messages" },
	{ 'h', "help", NULL, NULL, NULL, ACTION_HELP, NULL, "print this help" },
	{ 'V', "version", NULL, NULL, NULL, ACTION_VERSION, NULL, "print the version" },
};

#define ROWS	   (sizeof(rows) / sizeof(rows[0]))
#define HELP_WIDTH 28 /* of options, before what they do */

static void print_help(const struct option_row *row)
{
	const char *line = row->help;
	char option[40];
	int used = row->key < KEY_LONG ? snprintf(option, sizeof(option), "  -%c, ", row->key)
				       : snprintf(option, sizeof(option), "      ");

	snprintf(option + used, sizeof(option) - (size_t)used, "--%s%s%s", row->name,
		 row->argument ? "=" : "", row->argument ? row->argument : "");
	while (*line) {
		int length = (int)strcspn(line, "\n");

		printf("%-*s%.*s\n", HELP_WIDTH, line == row->help ? option : "", length, line);
		line += length;
		line += *line == '\n';
	}
}

void options_help(void)
{
	puts("usage: vfiotop [OPTION]...\n"
	     "       vfiotop record -o FILE [OPTION]...\n"
	     "       vfiotop report RECORDING -o FILE\n"
	     "       vfiotop advise [PID] [OPTION]...\n"
	     "       vfiotop serve [OPTION]...\n"
	     "       vfiotop leaks [OPTION]... [-- COMMAND...]\n"
	     "Shows live what VFIO does: DMA maps and unmaps, pinned memory, leaks, group owners.\n");
	for (size_t i = 0; i < ROWS; i++)
		print_help(&rows[i]);
	puts("\n"
	     "On a terminal: q quits, h helps. Without a terminal --batch is assumed.\n"
	     "SIGUSR1 prints a report at once; SIGINT and SIGTERM print a last one.\n"
	     "\n"
	     "vfiotop waits while VFIO is not loaded, except with --once.\n"
	     "\n"
	     "Exit codes: 0 done, 1 failure, 2 wrong option, 3 VFIO is not loaded,\n"
	     "4 nothing to attach to, 5 no type information, 6 not permitted,\n"
	     "7 the kernel refused a BPF program. leaks: 8 leaks were found, 9 none, but\n"
	     "COMMAND failed, 126 and 127 COMMAND cannot be run.");
}

/* A command is the first word. */
static const struct {
	const char *name;
	enum option_action action;
	const char *help;
} commands[] = {
	{ "record", ACTION_RECORD, "record into a file" },
	{ "report", ACTION_REPORT, "write a page about a recording" },
	{ "advise", ACTION_ADVISE, "say what to change, and why" },
	{ "serve", ACTION_SERVE, "serve metrics and a page" },
	{ "leaks", ACTION_LEAKS, "look for leaks of a command, or of all" },
};

static void list(const char *letter, const char *name, const char *argument,
		 const char *const *words, const char *help)
{
	printf("%s\t%s\t%s\t", letter, name, argument ? argument : "-");
	for (const char *const *word = words; word && *word; word++)
		printf("%s%s", word == words ? "" : " ", *word);
	printf("%s\t", words ? "" : "-");
	/* Help may have several lines. */
	for (; *help; help++)
		putchar(*help == '\n' ? ' ' : *help);
	putchar('\n');
}

/*
 * One line each: letter, long name, argument, its words, help; "-" where there is none. Commands
 * have "command" in place of the letter.
 */
void options_list(void)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		list("command", commands[i].name, NULL, NULL, commands[i].help);
	for (size_t i = 0; i < ROWS; i++) {
		char letter[2] = { rows[i].key < KEY_LONG ? (char)rows[i].key : '-' };

		list(letter, rows[i].name, rows[i].argument, rows[i].words, rows[i].help);
	}
}

/* --- Parsing ------------------------------------------------------------------------- */

/* The same options as getopt_long() wants them. */
struct getopt_tables {
	struct option options[ROWS + 1];
	char letters[2 * ROWS + 3];
};

static void fill_tables(struct getopt_tables *t)
{
	char *letter = t->letters;

	memset(t, 0, sizeof(*t));
	/* Stop at the first word that is no option; tell a missing argument from an unknown one. */
	*letter++ = '+';
	*letter++ = ':';
	for (size_t i = 0; i < ROWS; i++) {
		t->options[i].name = rows[i].name;
		t->options[i].has_arg = rows[i].argument ? required_argument : no_argument;
		t->options[i].val = rows[i].key;
		if (rows[i].key >= KEY_LONG)
			continue;
		*letter++ = (char)rows[i].key;
		if (rows[i].argument)
			*letter++ = ':';
	}
}

static const struct option_row *find_row(int key)
{
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].key == key)
			return &rows[i];
	return NULL;
}

static struct options complain_about(struct options o, const char *what, const char *why)
{
	complain("wrong option %s: %s; see vfiotop --help", what, why);
	o.action = ACTION_COMPLAINED;
	return o;
}

/* Takes one option with its argument; false after a message on stderr. */
static bool take(struct options *o, const struct option_row *row)
{
	if (!row->take) {
		o->action = row->action;
		return true;
	}
	if (row->take(o, optarg))
		return true;
	complain("wrong option --%s=%s: it needs %s; see vfiotop --help", row->name, optarg,
		 row->needs);
	o->action = ACTION_COMPLAINED;
	return false;
}

static enum option_action find_command(const char *word)
{
	for (size_t i = 0; word && i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(word, commands[i].name))
			return commands[i].action;
	return ACTION_WATCH;
}

/* A word that nothing takes. */
static struct options complain_about_word(struct options o, const char *word)
{
	char why[128] = "there is no such command; they are";

	if (o.action != ACTION_WATCH)
		return complain_about(o, word, "the command takes no such word");
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		size_t used = strlen(why);

		snprintf(why + used, sizeof(why) - used, "%s %s", i ? "," : "", commands[i].name);
	}
	return complain_about(o, word, why);
}

/* A command that is about a recording, or a process. */
static bool takes_word(enum option_action action)
{
	return action == ACTION_REPORT || action == ACTION_ADVISE;
}

/* An option that selects rows, NULL when none is given. */
static const char *selects(const struct selection *only)
{
	return only->pid	 ? "--pid"
	       : only->by_group	 ? "--group"
	       : only->container ? "--container"
	       : only->device	 ? "--device"
	       : only->cgroup	 ? "--cgroup"
				 : NULL;
}

/* What options need each other. */
static struct options check(struct options o)
{
	o.collect.trace_pid = o.only.pid;
	if (o.action == ACTION_RECORD && !o.file)
		return complain_about(o, "record", "it needs -o FILE");
	if (o.action == ACTION_REPORT && (!o.file || !o.replay))
		return complain_about(o, "report", "it needs a recording, and -o FILE");
	if (o.action == ACTION_RECORD && selects(&o.only))
		return complain_about(o, selects(&o.only),
				      "a recording has all; replay it with this option");
	if (o.action != ACTION_RECORD && o.action != ACTION_REPORT && o.action != ACTION_LEAKS &&
	    o.file)
		return complain_about(o, "--output", "it belongs to record, report and leaks");
	if (o.action != ACTION_LEAKS && (o.for_ns || o.suppressions))
		return complain_about(o, o.for_ns ? "--for" : "--suppressions",
				      "it belongs to leaks");
	if (o.action == ACTION_LEAKS && (o.output == OUTPUT_CSV || o.columns || o.sort))
		return complain_about(o, "leaks", "it prints text or JSON");
	if (o.command && o.replay)
		return complain_about(o, "--replay", "in a recording no command can be run");
	if (o.action != ACTION_RECORD && o.anonymise)
		return complain_about(o, "--anonymise", "it belongs to record");
	if (o.collect.trace_stacks && !o.collect.trace && (o.action != ACTION_LEAKS || o.replay))
		return complain_about(o, "--stacks",
				      "it needs --duration, or leaks on this machine");
	if (o.collect.trace && (o.action != ACTION_WATCH || o.replay))
		return complain_about(o, "--duration", "it needs this machine, and no command");
	if (o.collect.trace && (o.once || o.sort || o.columns))
		return complain_about(o, "--duration",
				      "there are no reports with it; it goes with --format");
	if (o.collect.trace && (o.only.by_group || o.only.device || o.only.cgroup))
		return complain_about(o, "--duration", "it selects by --pid and --container only");
	if (o.action != ACTION_SERVE && (o.listen || o.textfile))
		return complain_about(o, o.listen ? "--listen" : "--textfile",
				      "it belongs to serve");
	if (o.action == ACTION_ADVISE && o.output != OUTPUT_JSON && o.output != OUTPUT_BATCH)
		return complain_about(o, "--format", "advise prints text or json");
	if (o.action != ACTION_WATCH && (o.columns || o.sort))
		return complain_about(o, o.columns ? "--columns" : "--sort",
				      "it belongs to reports, not to commands");
	if (o.action == ACTION_SERVE && o.output != OUTPUT_SERVE)
		return complain_about(o, "serve", "it prints no reports");
	if (o.listen && o.textfile)
		return complain_about(o, "--listen", "with --textfile nothing is served by HTTP");
	if (!o.replay && (o.speed > 0 || o.from_ns))
		return complain_about(o, o.from_ns ? "--from" : "--speed", "it needs --replay");
	/* The stacks of all maps, however short. */
	o.collect.trace = o.collect.trace || o.collect.trace_stacks;
	return o;
}

/* --- Configuration files ------------------------------------------------------------- */

/* Settings that make sense for every start of vfiotop. */
static const char *const settings[] = {
	"delay", "source", "attach",	   "runs",   "disable-feature", "max-containers", "columns",
	"sort",	 "growth", "suppressions", "alerts", "listen",		"textfile",	  NULL
};

static const char *take_setting(void *context, const char *name, const char *value)
{
	static char why[COMPLAINT_SIZE];
	enum output_mode output;
	struct options *o = context;
	size_t place;

	if (!find_word(name, settings, &place)) {
		snprintf(why, sizeof(why), "there is no setting %.32s", name);
		return why;
	}
	for (size_t i = 0; i < ROWS; i++) {
		const struct option_row *row = &rows[i];

		if (strcmp(row->name, name))
			continue;
		if (row->argument ? !value : value != NULL)
			return row->argument ? "it needs a value" : "it has no value";
		/* Columns of text do not mean that text is wanted. */
		output = o->output;
		if (row->take(o, value)) {
			o->output = output;
			return NULL;
		}
		snprintf(why, sizeof(why), "%s needs %s", name, row->needs);
	}
	return why;
}

/* Those of the host, then those of the user, or the file that is named. */
static bool read_settings(struct options *o, const char *named)
{
	char path[PATH_MAX];

	if (named)
		return config_read(named, true, take_setting, o);
	return config_read(CONFIG_SYSTEM, false, take_setting, o) &&
	       (!config_user_path(path, sizeof(path)) || config_read(path, false, take_setting, o));
}

/* Where each belongs to a part of what vfiotop does only, it is not in the way of the rest. */
static void keep_settings(struct options *o, const struct options *file)
{
	bool reports = o->action == ACTION_WATCH && !o->collect.trace;

	if (reports && !o->columns)
		o->columns = file->columns;
	if (reports && !o->sort && o->output != OUTPUT_SCREEN)
		o->sort = file->sort;
	if (o->action == ACTION_LEAKS && !o->suppressions)
		o->suppressions = file->suppressions;
	if (o->action == ACTION_SERVE && !o->listen && !o->textfile) {
		o->listen = file->listen;
		o->textfile = file->textfile;
	}
}

/* --- The command line ---------------------------------------------------------------- */

static struct options parse(int argc, char **argv, struct options o)
{
	struct getopt_tables tables;
	const char *word = NULL;
	bool command;
	int key;

	if (o.action != ACTION_WATCH) {
		if (o.action != ACTION_LEAKS)
			o.output = o.action == ACTION_SERVE ? OUTPUT_SERVE : OUTPUT_BATCH;
		argc--;
		argv++;
	}
	command = o.action != ACTION_WATCH;
	fill_tables(&tables);
	optind = 0;
	opterr = 0;
	/* What a command is about may come before its options, or after them. */
	if (takes_word(o.action) && argc > 1 && argv[1][0] != '-') {
		word = argv[1];
		argc--;
		argv++;
	}
	for (;;) {
		int at = optind ? optind : 1, named = -1;

		key = getopt_long(argc, argv, tables.letters, tables.options, &named);
		if (key == -1)
			break;
		if (key == ':')
			return complain_about(o, argv[at], "it needs a value");
		if (key == '?')
			return complain_about(o, argv[at], "there is no such option");
		if (key == 'o' && command && named < 0)
			key = KEY_OUTPUT;
		if (!take(&o, find_row(key)) || o.action == ACTION_HELP ||
		    o.action == ACTION_VERSION)
			return o;
	}
	if (takes_word(o.action) && !word && optind < argc)
		word = argv[optind++];
	if (optind < argc && o.action == ACTION_LEAKS) {
		o.command = argv + optind;
		/* The terminal is the command's. */
		take_batch(&o, NULL);
	} else if (optind < argc) {
		return complain_about_word(o, argv[optind]);
	}
	if (word && o.action == ACTION_REPORT)
		o.replay = word;
	else if (word && !take_pid(&o, word))
		return complain_about(o, word, "advise needs the number of a process");
	o = check(o);
	if (o.action == ACTION_ADVISE && !o.replay) {
		o.once = true;
		o.count = 1;
	}
	return o;
}

struct options options_parse(int argc, char **argv, bool terminal)
{
	const struct options usual = {
		.action = find_command(argc > 1 ? argv[1] : NULL),
		.output = terminal ? OUTPUT_SCREEN : OUTPUT_BATCH,
		.interval_ns = 1000000000,
		.ready_fd = -1,
		.growth = growth_limits_default(),
		.alerts = alert_limits_default(),
		.collect.max_containers = CONTAINERS,
	};
	struct options o = parse(argc, argv, usual), file = usual;

	switch (o.action) {
	case ACTION_COMPLAINED:
	case ACTION_HELP:
	case ACTION_VERSION:
	case ACTION_LIST_FIELDS:
	case ACTION_LIST_OPTIONS:
		return o;
	default:
		break;
	}
	if (o.no_config && o.config)
		return complain_about(o, "--config", "with --no-config no file is read");
	if (o.no_config)
		return o;
	if (!read_settings(&file, o.config)) {
		o.action = ACTION_COMPLAINED;
		return o;
	}
	/* Once more, as the command line wins. */
	o = file;
	o.columns = o.sort = o.suppressions = o.listen = o.textfile = NULL;
	o = parse(argc, argv, o);
	keep_settings(&o, &file);
	return o;
}

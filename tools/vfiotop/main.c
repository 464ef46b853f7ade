// SPDX-License-Identifier: GPL-2.0-only
/*
 * vfiotop: collect, model, render; once per interval.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "clock.h"
#include "collect/collect.h"
#include "collect/helper.h"
#include "collect/modules.h"
#include "collect/privileges.h"
#include "fields.h"
#include "hunt.h"
#include "info.h"
#include "model/model.h"
#include "options.h"
#include "output.h"
#include "record/record.h"
#include "replay.h"
#include "report/story.h"
#include "screen/screen.h"
#include "trace.h"

#define MODULE_CHECK_NS 100000000ULL

/* Everything that the loop works with. */
struct watch {
	struct options options;
	struct helper *helper;	     /* attaches */
	bool attaching;		     /* it has not answered yet */
	uint64_t generation;	     /* of the modules, when it was asked */
	struct collector *collector; /* NULL while it waits for VFIO, or for the helper */
	const char *missing;	     /* what of VFIO it waits for */
	struct model *model;
	const struct view *view;
	uint64_t start_ns;	   /* when this watch began */
	struct recorder *recorder; /* NULL unless it records */
	struct output output;
	struct trace trace;
	struct hunt hunt; /* for leaks, if that was asked for */
	bool hunting;	  /* it has begun */
	uint64_t reports;
	int signals;
	int ticks;  /* timer: an interval ended */
	int checks; /* timer: look whether VFIO was loaded or unloaded */
	int end;    /* timer: the hunt is over; -1 for none */
	enum exit_code failure;
};

static bool is_hunt(const struct watch *w)
{
	return w->options.action == ACTION_LEAKS;
}

/* What the loop is to do after an event. */
enum verdict {
	GO_ON,
	STOP,
	FAIL,
};

/* What there was so far is the whole story. */
static bool give_advice(const struct watch *w)
{
	struct story story = { .start_ns = w->view->time_ns.value };
	bool told;

	story.end_ns = story.start_ns;
	told = story_add(&story, w->view) && output_advice(&w->output, &story);
	story_free(&story);
	return told;
}

/* Single requests are printed; in a hunt they tell only who made mappings. */
static bool is_tracing(const struct watch *w)
{
	return w->options.collect.trace && !is_hunt(w);
}

/* A snapshot frees what released containers have in the kernel, though it is not shown. */
static bool report_traced(struct watch *w)
{
	if (!w->collector)
		return true;
	return collect_snapshot(w->collector) && trace_print(&w->trace, w->collector, true);
}

static bool report(struct watch *w, bool tick)
{
	const struct snapshot *snapshot;

	if (is_tracing(w))
		return report_traced(w);
	snapshot = w->collector ? collect_snapshot(w->collector) : collect_nothing(w->missing);
	if (!snapshot)
		return false;
	if (w->recorder) {
		struct moment moment = { snapshot, w->start_ns, tick };

		return recorder_add(w->recorder, &moment);
	}
	w->view = model_update(w->model, snapshot, tick);
	if (!w->view) {
		complain("cannot make the report: not enough memory; free some");
		return false;
	}
	if (w->hunt.makers && w->collector)
		trace_keep(&w->trace, w->collector, w->hunt.makers);
	if (is_hunt(w)) {
		enum exit_code code = hunt_report(&w->hunt, w->view);

		if (code != EXIT_DONE) {
			w->failure = code;
			return false;
		}
	}
	if (w->options.action == ACTION_ADVISE)
		return give_advice(w);
	if (w->options.output == OUTPUT_SCREEN)
		screen_draw(w->view);
	else if (!is_hunt(w))
		return output_print(&w->output, w->view);
	return true;
}

/* --- Watch, or wait for VFIO ---------------------------------------------------------- */

/*
 * A watch that is to end does not wait for VFIO, which may never be loaded; but a command that
 * runs may unload it, and load it again.
 */
static bool may_not_wait(const struct watch *w)
{
	return w->options.once || (!w->hunting && (w->options.for_ns || w->options.command));
}

static bool say_ready(struct watch *w)
{
	static const char line[] = "ready\n";
	int fd = w->options.ready_fd;

	w->options.ready_fd = -1;
	if (fd < 0 || write(fd, line, strlen(line)) == (ssize_t)strlen(line))
		return true;
	complain("cannot write to --ready-fd %d: %s; give an open file descriptor", fd,
		 strerror(errno));
	return false;
}

/* Each watch has its own model: numbers of containers may start again. */
static bool new_model(struct watch *w)
{
	model_free(w->model);
	w->view = NULL;
	w->start_ns = clock_ns(CLOCK_MONOTONIC);
	w->model = model_new(w->start_ns, &w->options.only);
	if (!w->model) {
		complain("cannot start: not enough memory; free some");
		return false;
	}
	model_limits(w->model, &w->options.growth);
	model_alert_limits(w->model, &w->options.alerts);
	model_suppress(w->model, w->hunt.suppressions);
	return true;
}

/* Not for what could not be attached then. */
static enum exit_code may_wait(struct watch *w)
{
	if (helper_fd(w->helper) >= 0 && !collect_needs_privilege(&w->options.collect))
		return EXIT_DONE;
	return helper_check(w->helper);
}

/* Attaching takes a while: the loop goes on meanwhile, and take_answer() ends it. */
static enum exit_code begin(struct watch *w)
{
	enum exit_code code;

	if (w->view && !output_keep(&w->output, w->view))
		return EXIT_FAILED;
	collect_stop(w->collector);
	w->collector = NULL;
	w->view = NULL;
	w->generation = modules_generation();
	w->missing = modules_missing();
	if (w->missing && !may_not_wait(w)) {
		code = may_wait(w);
		return code != EXIT_DONE || new_model(w) ? code : EXIT_FAILED;
	}
	code = helper_ask(w->helper);
	w->attaching = code == EXIT_DONE;
	return code;
}

/* Tries again if VFIO was unloaded or loaded again meanwhile. */
static enum exit_code take_collector(struct watch *w)
{
	char why[COMPLAINT_SIZE];
	enum exit_code code;

	w->attaching = false;
	complaint_hold();
	code = collect_start(w->helper, &w->collector);
	complaint_release(why);
	if (!may_not_wait(w) &&
	    (modules_generation() != w->generation || (code != EXIT_DONE && modules_missing())))
		return begin(w);
	/* Also what does not work in a watch that does. */
	if (why[0])
		complain("%s", why);
	if (code == EXIT_DONE && w->options.collect.trace)
		code = trace_check(&w->trace, w->collector);
	if (code != EXIT_DONE)
		return code;
	return new_model(w) ? EXIT_DONE : EXIT_FAILED;
}

/* Show at once whether it watches or waits. */
static bool draw_begin(struct watch *w)
{
	if (w->options.output != OUTPUT_SCREEN)
		return true;
	if (!w->collector && !w->attaching)
		return report(w, false);
	screen_draw(NULL);
	return true;
}

/* --- Timers ----------------------------------------------------------------------------- */

static bool set_timer(int timer, uint64_t interval_ns)
{
	struct itimerspec spec = {
		.it_interval.tv_sec = (time_t)(interval_ns / 1000000000),
		.it_interval.tv_nsec = (long)(interval_ns % 1000000000),
	};

	spec.it_value = spec.it_interval;
	return timerfd_settime(timer, 0, &spec, NULL) == 0;
}

static bool timer_expired(int timer)
{
	uint64_t times;

	return read(timer, &times, sizeof(times)) == sizeof(times);
}

/* --- Events -------------------------------------------------------------------------- */

/* What somebody waits for, who may have opened something a moment ago. */
static bool report_afresh(struct watch *w)
{
	if (w->collector)
		collect_hurry(w->collector);
	return report(w, false);
}

static enum verdict take_signal(struct watch *w)
{
	struct signalfd_siginfo info;

	if (read(w->signals, &info, sizeof(info)) != sizeof(info))
		return GO_ON;
	if (w->hunt.command.running) {
		command_pass_on(&w->hunt.command, &info);
		return GO_ON;
	}
	switch (info.ssi_signo) {
	case SIGUSR1:
		return w->attaching || report_afresh(w) ? GO_ON : FAIL;
	case SIGWINCH:
		if (w->options.output == OUTPUT_SCREEN) {
			screen_resize();
			screen_draw(w->view);
		}
		return GO_ON;
	default:
		if (w->options.output == OUTPUT_SCREEN)
			return STOP;
		return report_afresh(w) ? STOP : FAIL;
	}
}

/* --- A command whose leaks are looked for ----------------------------------------------- */

/*
 * What the host has pinned before a command is compared with what it has in the end. Somebody may
 * pin or unpin pages at this very moment, and then it is not known.
 */
static bool report_before(struct watch *w)
{
	const struct host_view *host;

	for (int tries = 0; tries < HUNT_TRIES; tries++) {
		if (!report(w, false))
			return false;
		host = &w->view->host;
		if (host->others.known || !host->pinned.known)
			break;
	}
	return true;
}

/* The time of a hunt begins with its command. */
static enum verdict begin_hunt(struct watch *w)
{
	struct command *command = &w->hunt.command;

	if (command->name) {
		if (!report_before(w))
			return FAIL;
		w->failure = command_go(command);
		if (w->failure != EXIT_DONE)
			return FAIL;
		w->failure = EXIT_FAILED;
	}
	w->hunting = true;
	return !w->options.for_ns || set_timer(w->end, w->options.for_ns) ? GO_ON : FAIL;
}

/* What is left behind shows in the next intervals, which may be short ones. */
static enum verdict take_end_of_command(struct watch *w)
{
	command_reap(&w->hunt.command);
	if (w->options.interval_ns > HUNT_TICK_NS && !set_timer(w->ticks, HUNT_TICK_NS))
		return FAIL;
	return GO_ON;
}

/* A command that is not done is told to end, and made to if it does not. */
static enum verdict take_end_of_hunt(struct watch *w)
{
	struct command *command = &w->hunt.command;

	if (!timer_expired(w->end))
		return GO_ON;
	if (!command->name)
		return report_afresh(w) ? STOP : FAIL;
	if (command->running) {
		kill(command->pid, w->hunt.stopped ? SIGKILL : SIGTERM);
		w->hunt.stopped = true;
	}
	return set_timer(w->end, HUNT_KILL_NS) ? GO_ON : FAIL;
}

static bool is_busy(const struct watch *w)
{
	return w->collector && collect_is_busy(w->collector);
}

static enum verdict take_tick(struct watch *w)
{
	if (!timer_expired(w->ticks))
		return GO_ON;
	/* The only report is a complete one. */
	if (w->options.once && is_busy(w))
		return GO_ON;
	/* Who has what a command left behind is asked for now. */
	if (w->hunt.command.ended && w->collector)
		collect_hurry(w->collector);
	if (!report(w, true))
		return FAIL;
	if (is_tracing(w))
		return w->trace.ended ? STOP : GO_ON;
	w->reports++;
	if (w->hunt.command.name)
		return hunt_tick(&w->hunt, w->view) ? STOP : GO_ON;
	return w->options.count && w->reports >= w->options.count ? STOP : GO_ON;
}

static enum verdict take_key(struct watch *w)
{
	switch (screen_key()) {
	case SCREEN_QUIT:
		return STOP;
	case SCREEN_DELAY:
		w->options.interval_ns = screen_delay();
		if (!set_timer(w->ticks, w->options.interval_ns)) {
			complain("cannot set a timer: %s; try again", strerror(errno));
			return FAIL;
		}
		screen_draw(w->view);
		return GO_ON;
	case SCREEN_PLAY:
		screen_pause();
		screen_draw(w->view);
		return GO_ON;
	case SCREEN_REDRAW:
		screen_draw(w->view);
		return GO_ON;
	default:
		return GO_ON;
	}
}

static enum verdict take_traced(struct watch *w)
{
	if (is_hunt(w)) {
		trace_keep(&w->trace, w->collector, w->hunt.makers);
		return GO_ON;
	}
	if (!trace_print(&w->trace, w->collector, false))
		return FAIL;
	return w->trace.ended ? STOP : GO_ON;
}

static int trace_fd(const struct watch *w)
{
	return w->options.collect.trace && w->collector ? collect_trace_fd(w->collector) : -1;
}

static enum verdict take_check(struct watch *w)
{
	const char *missing = modules_missing();
	enum exit_code code;

	if (!timer_expired(w->checks))
		return GO_ON;
	output_alive(&w->output);
	if (w->collector)
		collect_keep_budget(w->collector);
	if (!w->collector == (missing != NULL) &&
	    !(w->collector && collect_cut_off(w->collector))) {
		w->missing = missing;
		if (w->collector && collect_crowded(w->collector) && !report(w, false))
			return FAIL;
		return GO_ON;
	}
	if (w->collector) {
		if (!report(w, false))
			return FAIL;
		if (w->options.once)
			return STOP;
	}
	code = begin(w);
	if (code != EXIT_DONE) {
		w->failure = code;
		return FAIL;
	}
	return draw_begin(w) ? GO_ON : FAIL;
}

/* The helper has attached, or could not. */
static enum verdict take_answer(struct watch *w)
{
	enum exit_code code = take_collector(w);

	if (code != EXIT_DONE) {
		w->failure = code;
		return FAIL;
	}
	/* The first interval begins with the watch. */
	if (!set_timer(w->ticks, w->options.interval_ns)) {
		complain("cannot set a timer: %s; try again", strerror(errno));
		return FAIL;
	}
	return draw_begin(w) ? GO_ON : FAIL;
}

/* What it watches goes on; without the helper nothing else can be watched. */
static enum verdict take_end_of_helper(struct watch *w)
{
	helper_ended(w->helper, w->collector ? "this watch goes on, but there will be no other "
					       "when VFIO is loaded again"
					     : "VFIO cannot be watched once it is loaded");
	return w->collector ? GO_ON : FAIL;
}

/*
 * Work goes on between events; without it, it is time to say that all is ready. What there is
 * by then is served at once: the first interval may be long.
 */
static enum verdict work(struct watch *w)
{
	if (is_busy(w))
		collect_step(w->collector);
	if (w->options.output == OUTPUT_SERVE && !w->view && !w->attaching && !is_busy(w) &&
	    !report(w, false))
		return FAIL;
	if (is_hunt(w) && !w->hunting && w->collector && !is_busy(w) && begin_hunt(w) != GO_ON)
		return FAIL;
	if (w->options.ready_fd < 0 || !w->collector || is_busy(w))
		return GO_ON;
	return say_ready(w) ? GO_ON : FAIL;
}

static enum exit_code loop(struct watch *w)
{
	const bool on_screen = w->options.output == OUTPUT_SCREEN;
	struct pollfd fds[] = {
		{ .events = POLLIN },
		{ .events = POLLIN },
		{ .events = POLLIN },
		{ .fd = on_screen ? STDIN_FILENO : -1, .events = POLLIN },
		{ .events = POLLIN },
		{ .events = POLLIN },
		{ .events = POLLIN },
		{ .events = POLLIN },
		{ .fd = output_fd(&w->output), .events = POLLIN },
	};

	for (;;) {
		bool busy = w->collector && collect_busy(w->collector);
		enum verdict verdict = GO_ON;
		int events;

		/* Until it has attached there is nothing to report, not even at the end. */
		fds[0].fd = w->attaching && !on_screen ? -1 : w->signals;
		fds[1].fd = w->attaching ? -1 : w->ticks;
		fds[2].fd = w->attaching ? -1 : w->checks;
		fds[4].fd = helper_fd(w->helper);
		fds[5].fd = w->attaching ? -1 : w->end;
		fds[6].fd = w->hunt.command.running ? w->hunt.command.fd : -1;
		fds[7].fd = trace_fd(w);
		events = poll(fds, sizeof(fds) / sizeof(fds[0]), busy ? 0 : -1);
		if (events < 0) {
			if (errno == EINTR)
				continue;
			complain("cannot wait for events: %s; try again", strerror(errno));
			return EXIT_FAILED;
		}
		/* Whoever waits for an answer comes first. */
		if (!events)
			collect_work(w->collector);
		if (fds[0].revents)
			verdict = take_signal(w);
		if (verdict == GO_ON && fds[1].revents)
			verdict = take_tick(w);
		if (verdict == GO_ON && fds[2].revents)
			verdict = take_check(w);
		if (verdict == GO_ON && fds[3].revents & (POLLHUP | POLLERR))
			verdict = STOP;
		if (verdict == GO_ON && fds[3].revents)
			verdict = take_key(w);
		if (verdict == GO_ON && fds[4].revents && fds[4].fd == helper_fd(w->helper))
			verdict = w->attaching ? take_answer(w) : take_end_of_helper(w);
		if (verdict == GO_ON && fds[5].revents)
			verdict = take_end_of_hunt(w);
		if (verdict == GO_ON && fds[6].revents)
			verdict = take_end_of_command(w);
		if (verdict == GO_ON && fds[7].revents && fds[7].fd == trace_fd(w))
			verdict = take_traced(w);
		if (verdict == GO_ON && fds[8].revents && !output_answer(&w->output, w->view))
			verdict = FAIL;
		if (verdict == GO_ON)
			verdict = work(w);
		if (verdict != GO_ON)
			return verdict == STOP ? EXIT_DONE : w->failure;
	}
}

/* --- Start --------------------------------------------------------------------------- */

static int start_timer(uint64_t interval_ns)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);

	if (fd >= 0 && !set_timer(fd, interval_ns)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static int catch_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	/* As a terminal sends it, which must be as before afterwards. */
	sigaddset(&set, SIGQUIT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGWINCH);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static enum exit_code watch(struct watch *w)
{
	enum exit_code code;

	privileges_keep_watching(
		collect_may_scan(&w->options.collect) || w->options.collect.trace_stacks, false);
	if (w->options.action == ACTION_RECORD) {
		w->recorder = recorder_open(w->options.file, w->options.anonymise, NULL);
		if (!w->recorder)
			return EXIT_FAILED;
	}
	/* What is sure to fail does so before the screen is there. */
	code = w->options.output == OUTPUT_SCREEN ? may_wait(w) : EXIT_DONE;
	if (code == EXIT_DONE)
		code = begin(w);
	if (code != EXIT_DONE)
		return code;
	w->ticks = start_timer(w->options.interval_ns);
	w->checks = start_timer(MODULE_CHECK_NS);
	w->end = is_hunt(w) ? start_timer(0) : -1;
	if (w->ticks < 0 || w->checks < 0 || (is_hunt(w) && w->end < 0)) {
		complain("cannot start a timer: %s; try again", strerror(errno));
		return EXIT_FAILED;
	}
	if (w->options.output == OUTPUT_SCREEN) {
		if (!screen_open(stdin, stdout)) {
			complain("cannot use this terminal: TERM is %s; use --batch",
				 getenv("TERM") ? getenv("TERM") : "not set");
			return EXIT_FAILED;
		}
		if (is_hunt(w))
			screen_leaks();
	}
	return draw_begin(w) ? loop(w) : EXIT_FAILED;
}

/* What is opened here must not get the number of a file that others write to. */
static void occupy_standard_files(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			/* Only for reading, so that who writes to it learns of it. */
			open("/dev/null", fd == STDERR_FILENO ? O_WRONLY : O_RDONLY);
}

int main(int argc, char **argv)
{
	bool terminal = isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
	struct watch w = {
		.options = options_parse(argc, argv, terminal),
		.failure = EXIT_FAILED,
	};
	enum exit_code code;

	occupy_standard_files();
	/* The screen asks it for the terminal's characters; reports are always UTF-8. */
	setlocale(LC_CTYPE, "");
	switch (w.options.action) {
	case ACTION_COMPLAINED:
		return EXIT_USAGE;
	case ACTION_HELP:
		options_help();
		return output_flush() ? EXIT_DONE : EXIT_FAILED;
	case ACTION_VERSION:
		puts("vfiotop " VFIOTOP_VERSION);
		return output_flush() ? EXIT_DONE : EXIT_FAILED;
	case ACTION_LIST_FIELDS:
		fields_list(stdout);
		return output_flush() ? EXIT_DONE : EXIT_FAILED;
	case ACTION_LIST_OPTIONS:
		options_list();
		return output_flush() ? EXIT_DONE : EXIT_FAILED;
	case ACTION_INFO:
		return info_print(&w.options.collect, w.options.output == OUTPUT_JSON);
	default:
		break;
	}
	/* Before any file that is opened here gets that number. */
	if (w.options.ready_fd >= 0 && fcntl(w.options.ready_fd, F_GETFD) < 0) {
		complain("wrong option --ready-fd=%d: it is not open; open it, as in 3>file",
			 w.options.ready_fd);
		return EXIT_USAGE;
	}
	w.trace = trace_new(&w.options);
	w.hunt.command.fd = -1;
	if (is_hunt(&w))
		code = hunt_open(&w.hunt, &w.options);
	else
		code = output_open(&w.output, &w.options);
	if (code != EXIT_DONE) {
		hunt_close(&w.hunt);
		return code;
	}
	w.signals = catch_signals();
	if (w.signals < 0) {
		complain("cannot catch signals: %s; try again", strerror(errno));
		return EXIT_FAILED;
	}
	if (!w.options.replay) {
		w.helper = helper_start(&w.options.collect);
		if (!w.helper)
			return EXIT_FAILED;
	}
	/* Messages printed while the screen is on are shown after it. */
	if (w.options.output == OUTPUT_SCREEN)
		setvbuf(stderr, NULL, _IOFBF, BUFSIZ);
	if (w.options.replay)
		code = replay(&w.options, &w.output, &w.hunt, w.signals);
	else
		code = watch(&w);
	screen_close();
	if (is_hunt(&w) && !w.options.replay && code == EXIT_DONE)
		code = hunt_end(&w.hunt, w.view);
	hunt_close(&w.hunt);
	trace_free(&w.trace);
	output_close(&w.output);
	if (!recorder_close(w.recorder) && code == EXIT_DONE)
		code = EXIT_FAILED;
	collect_stop(w.collector);
	helper_stop(w.helper);
	model_free(w.model);
	return code;
}

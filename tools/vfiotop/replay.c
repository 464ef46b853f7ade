// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "replay.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "model/model.h"
#include "record/record.h"
#include "report/report.h"
#include "screen/screen.h"

#define STEPS	10 /* reports that the longer steps skip */
#define SECOND	1000000000ULL
#define FOREVER UINT64_MAX

/* A year, which nobody waits: clocks in recordings of others may leap. */
#define DELAY_MOST (365 * 24 * 3600 * SECOND)

/* Everything that the loop works with. */
struct replay {
	const struct options *options;
	struct hunt *hunt;
	struct recording *recording;
	struct model *model;
	const struct view *view;
	struct moment moment;
	uint64_t start_ns;    /* of the watch that the model is of */
	uint64_t first_ns;    /* time of the first report */
	uint64_t last_ns;     /* time of the last report */
	uint64_t interval_ns; /* between it and the one before */
	uint64_t read;	      /* reports so far */
	uint64_t shown;	      /* those not skipped */
	enum exit_code code;  /* when it fails */
};

/* --- One report after the other ---------------------------------------------------------- */

static enum recording_end out_of_memory(void)
{
	complain("cannot make the report: not enough memory; free some");
	return RECORDING_FAILED;
}

/* Reads the next snapshot and makes the report of it. At the end the last report stays. */
static enum recording_end advance(struct replay *r)
{
	enum recording_end end = recording_next(r->recording, &r->moment);
	uint64_t now;

	if (end != RECORDING_MOMENT)
		return end;
	r->view = NULL;
	now = r->moment.snapshot->time_ns;
	/* Another watch has another model. */
	if (!r->model || r->start_ns != r->moment.start_ns) {
		model_free(r->model);
		r->start_ns = r->moment.start_ns;
		r->model = model_new(r->start_ns, &r->options->only);
		if (!r->model)
			return out_of_memory();
		model_limits(r->model, &r->options->growth);
		model_alert_limits(r->model, &r->options->alerts);
		model_suppress(r->model, r->hunt->suppressions);
	}
	r->view = model_update(r->model, r->moment.snapshot, r->moment.tick);
	if (!r->view)
		return out_of_memory();
	if (!r->read)
		r->first_ns = r->last_ns = now;
	r->interval_ns = now - r->last_ns;
	r->last_ns = now;
	r->read++;
	return RECORDING_MOMENT;
}

/* The reports before the first to be shown count only for those that follow. */
static bool is_skipped(const struct replay *r)
{
	return r->last_ns - r->first_ns < r->options->from_ns;
}

/* Goes back so many reports: reads all before that again. */
static enum recording_end go_back(struct replay *r, uint64_t steps)
{
	uint64_t to = r->read > steps ? r->read - steps : 1;
	enum recording_end end = RECORDING_MOMENT;

	if (!recording_rewind(r->recording))
		return RECORDING_FAILED;
	model_free(r->model);
	r->model = NULL;
	r->view = NULL;
	r->read = 0;
	while (end == RECORDING_MOMENT && r->read < to)
		end = advance(r);
	return end;
}

static bool is_enough(const struct replay *r)
{
	return r->options->count && r->shown >= r->options->count;
}

/* --- Signals and keys -------------------------------------------------------------------- */

/* Waits for a signal, or for a key or something else to read; true when there is one. */
static bool wait_for(int signals, int keys, uint64_t ns)
{
	struct pollfd fds[] = {
		{ .fd = signals, .events = POLLIN },
		{ .fd = keys, .events = POLLIN },
	};
	struct timespec time = {
		.tv_sec = (time_t)(ns / 1000000000),
		.tv_nsec = (long)(ns % 1000000000),
	};

	return ppoll(fds, 2, ns == FOREVER ? NULL : &time, NULL) > 0;
}

/* The signal that came, 0 when none did. */
static uint32_t take_signal(int signals)
{
	struct signalfd_siginfo info;

	return read(signals, &info, sizeof(info)) == sizeof(info) ? info.ssi_signo : 0;
}

static bool is_told_to_stop(uint32_t signal)
{
	return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT;
}

static bool is_hung_up(void)
{
	struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&fd, 1, 0) > 0 && fd.revents & (POLLHUP | POLLERR);
}

static uint64_t delay(const struct replay *r, double speed)
{
	double ns = (double)r->interval_ns / speed;

	return ns < (double)DELAY_MOST ? (uint64_t)ns : DELAY_MOST;
}

static enum recording_end to_first(struct replay *r)
{
	enum recording_end end;

	do
		end = advance(r);
	while (end == RECORDING_MOMENT && is_skipped(r));
	return end;
}

/* --- Print or record them ----------------------------------------------------------------- */

static enum recording_end print_all(struct replay *r, struct output *output, int signals)
{
	enum recording_end end = RECORDING_MOMENT;

	while (!is_enough(r) && !is_told_to_stop(take_signal(signals))) {
		end = advance(r);
		if (end != RECORDING_MOMENT)
			return end;
		if (is_skipped(r))
			continue;
		if (r->options->speed > 0 && r->shown &&
		    wait_for(signals, -1, delay(r, r->options->speed)))
			continue;
		if (!output_print(output, r->view))
			return RECORDING_FAILED;
		r->shown++;
	}
	return RECORDING_END;
}

/* A server has its last report for as long as it runs. */
static enum recording_end serve_all(struct replay *r, struct output *output, int signals)
{
	enum recording_end end = to_first(r);
	double speed = r->options->speed > 0 ? r->options->speed : 1;

	while (end != RECORDING_FAILED && r->view) {
		uint64_t now = clock_ns(CLOCK_MONOTONIC);
		uint64_t next_ns =
			now +
			(end == RECORDING_MOMENT && r->interval_ns ? delay(r, speed) : SECOND);

		if (!output_print(output, r->view))
			return RECORDING_FAILED;
		for (; now < next_ns && wait_for(signals, output_fd(output), next_ns - now);
		     now = clock_ns(CLOCK_MONOTONIC)) {
			if (is_told_to_stop(take_signal(signals)))
				return end;
			if (!output_answer(output, r->view))
				return RECORDING_FAILED;
		}
		if (end == RECORDING_MOMENT)
			end = advance(r);
	}
	return end;
}

static enum recording_end hunt_all(struct replay *r, int signals)
{
	uint64_t most = r->options->for_ns;
	enum recording_end end = RECORDING_MOMENT;
	enum exit_code code;

	while (!is_enough(r) && !is_told_to_stop(take_signal(signals))) {
		end = advance(r);
		if (end != RECORDING_MOMENT)
			return end;
		if (is_skipped(r))
			continue;
		if (most && r->last_ns - r->first_ns - r->options->from_ns > most)
			return RECORDING_END;
		code = hunt_report(r->hunt, r->view);
		if (code != EXIT_DONE) {
			r->code = code;
			return RECORDING_FAILED;
		}
		if (r->options->speed > 0)
			wait_for(signals, -1, delay(r, r->options->speed));
		r->shown++;
	}
	return RECORDING_END;
}

static bool is_same_file(const char *a, const char *b)
{
	struct stat x, y;

	return !stat(a, &x) && !stat(b, &y) && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static enum recording_end record_all(struct replay *r)
{
	const struct options *o = r->options;
	struct recorder *recorder = NULL;
	enum recording_end end;

	if (is_same_file(o->file, o->replay)) {
		complain("cannot record %s into itself; name another file", o->replay);
		return RECORDING_FAILED;
	}
	while ((end = advance(r)) == RECORDING_MOMENT && !is_enough(r)) {
		if (is_skipped(r))
			continue;
		if (!recorder)
			recorder =
				recorder_open(o->file, o->anonymise, recording_about(r->recording));
		if (!recorder || !recorder_add(recorder, &r->moment))
			end = RECORDING_FAILED;
		if (end == RECORDING_FAILED)
			break;
		r->shown++;
	}
	if (!recorder_close(recorder))
		end = RECORDING_FAILED;
	return end;
}

/* --- Write a page about them ----------------------------------------------------------------- */

static enum recording_end tell(struct replay *r, struct story *story)
{
	enum recording_end end;

	/* How long it is, is known when all is read. */
	while ((end = advance(r)) == RECORDING_MOMENT)
		story->end_ns = r->last_ns;
	if (end == RECORDING_FAILED || !r->read)
		return end;
	story->start_ns = r->first_ns;
	end = go_back(r, r->read);
	while (end == RECORDING_MOMENT) {
		if (!story_add(story, r->view))
			return out_of_memory();
		end = advance(r);
	}
	return end;
}

static enum recording_end advise(struct replay *r, const struct output *output)
{
	struct story story = { 0 };
	enum recording_end end = tell(r, &story);

	if (end != RECORDING_FAILED && r->read && !output_advice(output, &story))
		end = RECORDING_FAILED;
	story_free(&story);
	return end;
}

static enum recording_end write_page(struct replay *r)
{
	const char *path = r->options->file;
	struct story story = { 0 };
	enum recording_end end;
	bool written;
	FILE *out;

	if (is_same_file(path, r->options->replay)) {
		complain("cannot write to %s: it is the recording; name another file", path);
		return RECORDING_FAILED;
	}
	end = tell(r, &story);
	if (end == RECORDING_FAILED || !r->read) {
		story_free(&story);
		return end;
	}
	out = fopen(path, "we");
	if (out)
		report_page(&story, recording_about(r->recording), out);
	written = out && !ferror(out);
	if (out && fclose(out))
		written = false;
	story_free(&story);
	if (written)
		return end;
	complain("cannot write to %s: %s; name another file", path, strerror(errno));
	return RECORDING_FAILED;
}

/* --- Show them on the screen ---------------------------------------------------------------- */

/* Where a key leads; @playing stops with a step. */
static enum recording_end take_key(struct replay *r, enum screen_event event, bool *playing)
{
	enum recording_end end = RECORDING_MOMENT;

	switch (event) {
	case SCREEN_PLAY:
		*playing = !*playing;
		return end;
	case SCREEN_STEP:
		*playing = false;
		return advance(r);
	case SCREEN_STEP_BACK:
		*playing = false;
		return go_back(r, 1);
	case SCREEN_SKIP:
		for (int i = 0; i < STEPS && end == RECORDING_MOMENT; i++)
			end = advance(r);
		return end;
	case SCREEN_SKIP_BACK:
		return go_back(r, STEPS);
	default:
		return end;
	}
}

static enum recording_end show_all(struct replay *r, int signals)
{
	double speed = r->options->speed > 0 ? r->options->speed : 1;
	enum recording_end end = to_first(r);
	uint64_t next_ns = clock_ns(CLOCK_MONOTONIC) + delay(r, speed);
	bool playing = true;

	while (end != RECORDING_FAILED) {
		enum screen_event event;
		uint64_t now;
		uint32_t signal;

		/* At the end the last report stays until the user leaves or goes back. */
		if (end != RECORDING_MOMENT)
			playing = false;
		screen_stopped(!playing);
		screen_draw(r->view);
		now = clock_ns(CLOCK_MONOTONIC);
		if (!wait_for(signals, STDIN_FILENO,
			      !playing	      ? FOREVER
			      : next_ns > now ? next_ns - now
					      : 0)) {
			end = advance(r);
			next_ns = clock_ns(CLOCK_MONOTONIC) + delay(r, speed);
			continue;
		}
		signal = take_signal(signals);
		if (signal == SIGWINCH)
			screen_resize();
		event = screen_key();
		if (is_told_to_stop(signal) || event == SCREEN_QUIT || is_hung_up())
			break;
		end = take_key(r, event, &playing);
	}
	return end;
}

/* --- All ------------------------------------------------------------------------------------ */

static enum recording_end run(struct replay *r, struct output *output, int signals)
{
	if (r->options->action == ACTION_RECORD)
		return record_all(r);
	if (r->options->action == ACTION_REPORT)
		return write_page(r);
	if (r->options->action == ACTION_ADVISE)
		return advise(r, output);
	if (r->options->action == ACTION_LEAKS && r->options->output != OUTPUT_SCREEN)
		return hunt_all(r, signals);
	if (r->options->output == OUTPUT_SERVE)
		return serve_all(r, output, signals);
	if (r->options->output != OUTPUT_SCREEN)
		return print_all(r, output, signals);
	if (!screen_open(stdin, stdout)) {
		complain("cannot use this terminal: TERM is %s; use --batch",
			 getenv("TERM") ? getenv("TERM") : "not set");
		return RECORDING_FAILED;
	}
	if (r->options->action == ACTION_LEAKS)
		screen_leaks();
	return show_all(r, signals);
}

enum exit_code replay(const struct options *options, struct output *output, struct hunt *hunt,
		      int signals)
{
	struct replay r = {
		.options = options,
		.hunt = hunt,
		.recording = recording_open(options->replay),
		.code = EXIT_FAILED,
	};
	enum exit_code code = EXIT_DONE;
	enum recording_end end;

	if (!r.recording)
		return EXIT_FAILED;
	end = run(&r, output, signals);
	if (end == RECORDING_END && !r.read)
		complain("%s holds no report", options->replay);
	else if (end != RECORDING_FAILED && options->from_ns && is_skipped(&r))
		complain("%s ends before --from", options->replay);
	if (end == RECORDING_FAILED)
		code = r.code;
	else if (options->action == ACTION_LEAKS && options->output != OUTPUT_SCREEN)
		code = hunt_end(hunt, r.view);
	model_free(r.model);
	recording_close(r.recording);
	return code;
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * A recording as an enemy would write it: the input with its checksums put right is read,
 * and what comes of it is shown in all ways. For libFuzzer; see the Makefile of this folder.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exit.h"
#include "model/model.h"
#include "record/frame.h"
#include "record/record.h"
#include "render/columns.h"
#include "render/metrics.h"
#include "render/render.h"
#include "report/report.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_sum(unsigned char *to, uint32_t sum)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(sum >> 8 * i);
}

/* Makes the checksums right, as far as there are whole frames. */
static void put_right(unsigned char *bytes, size_t size)
{
	size_t at = strlen(FRAME_MAGIC);
	size_t head = FRAME_HEADER + FRAME_CHECKSUM;

	while (at + head + FRAME_CHECKSUM <= size) {
		size_t length = bytes[at + 1] | (size_t)bytes[at + 2] << 8;
		size_t room = size - at - head - FRAME_CHECKSUM;

		length = length < room ? length : room;
		put_sum(bytes + at + 1, (uint32_t)length);
		put_sum(bytes + at + FRAME_HEADER, frame_checksum(bytes + at, FRAME_HEADER));
		put_sum(bytes + at + head + length, frame_checksum(bytes + at + head, length));
		at += head + length + FRAME_CHECKSUM;
	}
}

/* What a terminal obeys. */
static void check_harmless(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < ' ' || *text == '\x7f')
			abort();
}

static void show_metrics(const struct view *view)
{
	struct metrics *metrics = metrics_new();

	metrics_update(metrics, view);
	free(metrics_render(metrics, view, METRICS_OPENMETRICS));
	metrics_free(metrics);
}

static void show(const struct view *view, FILE *nowhere)
{
	char *line = render_json(view);
	struct columns columns;
	struct text text = { 0 };

	check_harmless(line);
	free(line);
	show_metrics(view);
	render_text(view, &text);
	for (size_t i = 0; i < text.n; i++)
		check_harmless(text.lines[i].text);
	text_free(&text);
	columns_all(&columns, view);
	columns_csv(&columns, view, nowhere);
}

static void replay(const char *path, FILE *nowhere)
{
	struct recording *recording = recording_open(path);
	struct story story = { .end_ns = 1000000000000 };
	struct model *model = NULL;
	struct moment moment;

	while (recording && recording_next(recording, &moment) == RECORDING_MOMENT) {
		const struct view *view;

		if (!model)
			model = model_new(moment.start_ns, NULL);
		view = model_update(model, moment.snapshot, moment.tick);
		show(view, nowhere);
		if (!story.reports)
			story.start_ns = moment.snapshot->time_ns;
		story.end_ns = moment.snapshot->time_ns;
		if (!story_add(&story, view, moment.snapshot))
			abort();
	}
	report_page(&story, "fuzz", nowhere);
	story_free(&story);
	model_free(model);
	recording_close(recording);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	static int file = -1;
	char path[40], why[COMPLAINT_SIZE];
	unsigned char *bytes;

	if (size < strlen(FRAME_MAGIC))
		return 0;
	if (!nowhere) {
		nowhere = fopen("/dev/null", "w");
		file = memfd_create("recording", 0);
	}
	bytes = malloc(size);
	memcpy(bytes, data, size);
	put_right(bytes, size);
	if (ftruncate(file, 0) || pwrite(file, bytes, size, 0) != (ssize_t)size)
		abort();
	free(bytes);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	complaint_hold();
	replay(path, nowhere);
	complaint_release(why);
	return 0;
}

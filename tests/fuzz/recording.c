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
#include "outputs.h"
#include "record/frame.h"
#include "record/record.h"

#define MOMENTS 4  /* that are read */
#define CHOICES 24 /* bytes about how */

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

static void replay(const char *path)
{
	struct recording *recording = recording_open(path);
	struct model *model = NULL;
	struct moment moment;
	int moments = 0;

	while (recording && moments++ < MOMENTS &&
	       recording_next(recording, &moment) == RECORDING_MOMENT) {
		const struct view *view;

		if (!model)
			model = model_new(moment.start_ns, NULL);
		view = model_update(model, moment.snapshot, moment.tick);
		outputs_note(view, moment.snapshot);
		outputs_show(view);
	}
	if (recording)
		outputs_check_lines(recording_about(recording));
	model_free(model);
	recording_close(recording);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t choices = size < CHOICES ? size : CHOICES;
	static int file = -1;
	char path[40], why[COMPLAINT_SIZE];
	unsigned char *bytes;

	if (size < strlen(FRAME_MAGIC))
		return 0;
	if (file < 0)
		file = memfd_create("recording", 0);
	bytes = malloc(size);
	memcpy(bytes, data, size);
	put_right(bytes, size);
	if (ftruncate(file, 0) || pwrite(file, bytes, size, 0) != (ssize_t)size)
		abort();
	free(bytes);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	/* Of its end nobody reads more than that it is one. */
	outputs_open(data + size - choices, choices);
	complaint_hold();
	replay(path);
	complaint_release(why);
	outputs_close();
	return 0;
}

/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recordings: snapshots in a file, to be looked at on any machine. docs/recordings.md
 * describes the format.
 */
#ifndef VFIOTOP_RECORD_H
#define VFIOTOP_RECORD_H

#include "snapshot.h"

/* --- Writing --------------------------------------------------------------------------- */

/**
 * struct moment - a snapshot, and what the model needs beside it
 * @snapshot: the snapshot
 * @start_ns: CLOCK_MONOTONIC when the watch began; another one is another watch
 * @tick: a whole interval has ended
 */
struct moment {
	const struct snapshot *snapshot;
	uint64_t start_ns;
	bool tick;
};

struct recorder;

/**
 * recorder_open - begin a recording
 * @path: file, which is replaced
 * @anonymise: write other names in place of those of processes, cgroups and devices
 * @about: who recorded, from recording_about(); NULL for this program on this machine
 *
 * Return: NULL after a message on stderr.
 */
struct recorder *recorder_open(const char *path, bool anonymise, const char *about);

/**
 * recorder_add - write a snapshot
 * @recorder: from recorder_open()
 * @moment: it
 *
 * What was written is readable whatever happens to this program later.
 *
 * Return: false after a message on stderr.
 */
bool recorder_add(struct recorder *recorder, const struct moment *moment);

/**
 * recorder_close - end a recording
 * @recorder: from recorder_open(), or NULL
 *
 * Return: false after a message on stderr.
 */
bool recorder_close(struct recorder *recorder);

/* --- Reading --------------------------------------------------------------------------- */

/**
 * enum recording_end - what comes next in a recording
 * @RECORDING_MOMENT: a snapshot
 * @RECORDING_END: nothing
 * @RECORDING_CUT: nothing, as its writer was stopped before the end; there is a message
 * @RECORDING_FAILED: something that cannot be read; there is a message
 */
enum recording_end {
	RECORDING_MOMENT,
	RECORDING_END,
	RECORDING_CUT,
	RECORDING_FAILED,
};

struct recording;

/**
 * recording_open - begin to read a recording
 * @path: file
 *
 * Return: NULL after a message on stderr.
 */
struct recording *recording_open(const char *path);

/**
 * recording_next - read the next snapshot
 * @recording: from recording_open()
 * @moment: gets it, valid until the next call
 *
 * Return: what there is. The messages name file and byte; each is printed once.
 */
enum recording_end recording_next(struct recording *recording, struct moment *moment);

/**
 * recording_rewind - go back to the first snapshot
 * @recording: from recording_open()
 *
 * Return: false after a message on stderr.
 */
bool recording_rewind(struct recording *recording);

/**
 * recording_about - who recorded, where: "vfiotop 0.1, Linux 6.12 x86_64, 2 CPUs"
 * @recording: from recording_open()
 *
 * Return: one line, empty when not known.
 */
const char *recording_about(const struct recording *recording);

/**
 * recording_close - free a recording
 * @recording: or NULL
 */
void recording_close(struct recording *recording);

#endif /* VFIOTOP_RECORD_H */

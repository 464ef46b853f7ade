/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exit codes, which the man page documents and scripts depend on, and messages on stderr.
 */
#ifndef VFIOTOP_EXIT_H
#define VFIOTOP_EXIT_H

/**
 * enum exit_code - why vfiotop ended
 * @EXIT_DONE: it did what was requested, or was told to stop
 * @EXIT_FAILED: something in the system failed
 * @EXIT_USAGE: wrong option
 * @EXIT_NO_VFIO: VFIO is not loaded, and --once does not wait for it
 * @EXIT_NO_EVENTS: kernel or modules lack the tracepoints or functions to attach to
 * @EXIT_NO_BTF: type information was required and is missing
 * @EXIT_NO_PRIVILEGE: the caller may not trace the kernel
 * @EXIT_REFUSED: the kernel refused a BPF program or map
 * @EXIT_LEAKS: leaks were found
 * @EXIT_COMMAND: no leaks were found, but the command that was run failed
 * @EXIT_CANNOT_RUN: that command cannot be run
 * @EXIT_NOT_FOUND: there is no such command
 */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_FAILED = 1,
	EXIT_USAGE = 2,
	EXIT_NO_VFIO = 3,
	EXIT_NO_EVENTS = 4,
	EXIT_NO_BTF = 5,
	EXIT_NO_PRIVILEGE = 6,
	EXIT_REFUSED = 7,
	EXIT_LEAKS = 8,
	EXIT_COMMAND = 9,
	EXIT_CANNOT_RUN = 126,
	EXIT_NOT_FOUND = 127,
};

/**
 * complain - print one line on stderr
 * @format: as in printf: what failed, on what, why; what to do
 */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define COMPLAINT_SIZE 256

/**
 * complaint_hold - keep messages instead of printing them, as the failure may not be final
 *
 * May be nested.
 */
void complaint_hold(void);

/**
 * complaint_release - print messages again
 * @last: gets the last one that was kept, empty when there was none
 */
void complaint_release(char last[COMPLAINT_SIZE]);

#endif /* VFIOTOP_EXIT_H */

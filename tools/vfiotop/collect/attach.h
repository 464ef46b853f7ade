/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * BPF programs: load, attach, detach.
 */
#ifndef VFIOTOP_ATTACH_H
#define VFIOTOP_ATTACH_H

#include <stdbool.h>

#include "exit.h"

struct bpf_object;
struct bpf_object_open_opts;
struct bpf_object_skeleton;

/**
 * struct programs - the programs of a source; all NULL when there are none
 * @memory: what @skeleton and @obj are in, to be freed after them
 * @skeleton: to load and attach
 * @obj: the programs and maps
 */
struct programs {
	void *memory;
	struct bpf_object_skeleton *skeleton;
	struct bpf_object *obj;
};

/* The parts of a skeleton that all programs have. */
#define PROGRAMS(skel) .memory = (skel), .skeleton = (skel)->skeleton, .obj = (skel)->obj

/**
 * programs_start - to be called before any programs are opened; may be called again
 * @debug: print libbpf's messages on stderr
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code programs_start(bool debug);

/**
 * programs_options - how to open programs
 *
 * Return: options for the library, valid until the next call.
 */
const struct bpf_object_open_opts *programs_options(void);

/**
 * programs_prepare - to be called before programs are loaded otherwise than by programs_load()
 * @obj: opened with programs_options()
 *
 * Return: 0, or a negative errno.
 */
int programs_prepare(struct bpf_object *obj);

/**
 * programs_load - have the kernel check them
 * @programs: opened
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code programs_load(struct programs *programs);

/**
 * programs_attach - have the kernel run them
 * @programs: loaded
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code programs_attach(struct programs *programs);

/**
 * programs_close - detach, unload and free them
 * @programs: is empty afterwards; may be so before
 */
void programs_close(struct programs *programs);

/**
 * programs_refused - explain why the kernel did not do what a source needs
 * @what: what that was
 * @error: negative errno
 *
 * Return: the code to end with.
 */
enum exit_code programs_refused(const char *what, int error);

/**
 * programs_share - let programs use the tables of others
 * @tables: loaded
 * @obj: opened; its maps of the same names become those
 *
 * Return: 0, or a negative errno.
 */
int programs_share(const struct bpf_object *tables, struct bpf_object *obj);

#endif /* VFIOTOP_ATTACH_H */

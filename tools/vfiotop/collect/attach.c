// SPDX-License-Identifier: GPL-2.0-only
#include "attach.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "privileges.h"

static bool debugging;

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	return debugging ? vfprintf(stderr, format, args) : 0;
}

void programs_debug(bool debug)
{
	debugging = debug;
	libbpf_set_print(print_libbpf);
}

enum exit_code programs_load(struct programs *p)
{
	int error = bpf_object__load_skeleton(p->skeleton);

	return error ? programs_refused("load the BPF programs", error) : EXIT_DONE;
}

enum exit_code programs_attach(struct programs *p)
{
	int error = bpf_object__attach_skeleton(p->skeleton);

	return error ? programs_refused("attach to VFIO", error) : EXIT_DONE;
}

void programs_close(struct programs *p)
{
	bpf_object__destroy_skeleton(p->skeleton);
	free(p->memory);
	*p = (struct programs){ 0 };
}

enum exit_code programs_refused(const char *what, int error)
{
	const struct limits limits = privileges_limits();
	char line[COMPLAINT_SIZE];
	enum exit_code code = refusal_by_errno(what, error, &limits, line);

	complain("%s", line);
	return code;
}

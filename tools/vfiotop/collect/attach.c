// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "attach.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "privileges.h"
#include "types.h"
#include "vfiotop.h"

static bool debugging;

static int print_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	(void)level;
	return debugging ? vfprintf(stderr, format, args) : 0;
}

/* --- Where programs are attached ------------------------------------------------------- */

static bool is_cast(const struct bpf_insn *insn)
{
	return insn->code == (BPF_JMP | BPF_CALL) && insn->imm == VT_CALL_CAST;
}

/* Of 64 bits or 32. */
static bool is_cast_type(const struct bpf_insn *insn)
{
	return (insn->code == (BPF_ALU64 | BPF_MOV | BPF_K) ||
		insn->code == (BPF_ALU | BPF_MOV | BPF_K)) &&
	       insn->imm == VT_CAST_TYPE;
}

/*
 * Names bpf_rdonly_cast() and its type where a program calls it. Without it, no such call is ever
 * made.
 */
static int name_casts(struct bpf_program *prog, const struct types_word *word)
{
	const struct bpf_insn *insns = bpf_program__insns(prog);
	size_t n = bpf_program__insn_cnt(prog);
	struct bpf_insn *named = NULL;
	int ret = 0;

	for (size_t i = 0; word->cast && i < n; i++) {
		if (!is_cast(&insns[i]) && !is_cast_type(&insns[i]))
			continue;
		if (!named) {
			named = malloc(n * sizeof(*named));
			if (!named)
				return -ENOMEM;
			memcpy(named, insns, n * sizeof(*named));
		}
		if (is_cast_type(&insns[i])) {
			named[i].imm = (int32_t)word->type;
			continue;
		}
		named[i].src_reg = BPF_PSEUDO_KFUNC_CALL;
		named[i].imm = (int32_t)word->cast;
	}
	ret = named ? bpf_program__set_insns(prog, named, n) : 0;
	free(named);
	return ret;
}

/*
 * Names what a program attaches to, the part of its section's name after the slash. The
 * library would search all types of the kernel and its modules for each program.
 */
static int name_target(struct bpf_program *prog, struct bpf_prog_load_opts *opts, long kind)
{
	const char *name = strchr(bpf_program__section_name(prog), '/') + 1;
	struct types *types = types_running();
	const struct type *type = types ? types_find(types, kind, name) : NULL;
	int fd = type ? types_fd(types, type) : -ENOENT;
	struct types_word word;

	if (fd < 0)
		return fd;
	opts->attach_prog_fd = 0;
	opts->attach_btf_id = type->id;
	opts->attach_btf_obj_fd = (uint32_t)fd;
	word = types_word(types);
	return name_casts(prog, &word);
}

static int attach(const struct bpf_program *prog, long kind, struct bpf_link **link)
{
	*link = kind == TYPES_ITERATOR ? bpf_program__attach_iter(prog, NULL)
				       : bpf_program__attach_trace(prog);
	return *link ? 0 : -errno;
}

static int name_targets(const char *sections, enum bpf_attach_type type, enum types_kind kind)
{
	LIBBPF_OPTS(libbpf_prog_handler_opts, opts, .cookie = kind,
		    .prog_prepare_load_fn = name_target, .prog_attach_fn = attach);

	return libbpf_register_prog_handler(sections, BPF_PROG_TYPE_TRACING, type, &opts);
}

enum exit_code programs_start(bool debug)
{
	static bool started;

	debugging = debug;
	libbpf_set_print(print_libbpf);
	if (started)
		return EXIT_DONE;
	if (name_targets("tp_btf+", BPF_TRACE_RAW_TP, TYPES_EVENT) < 0 ||
	    name_targets("fentry+", BPF_TRACE_FENTRY, TYPES_FUNCTION) < 0 ||
	    name_targets("fexit+", BPF_TRACE_FEXIT, TYPES_FUNCTION) < 0 ||
	    name_targets("iter+", BPF_TRACE_ITER, TYPES_ITERATOR) < 0) {
		complain("cannot watch VFIO: not enough memory; free some");
		return EXIT_FAILED;
	}
	started = true;
	return EXIT_DONE;
}

/* --- Types ----------------------------------------------------------------------------- */

/*
 * The library reads the types that programs look into from this file, instead of searching all
 * types of the kernel and its modules for each.
 */
static struct {
	int fd;
	char path[32];
} excerpt = { .fd = -1 };

const struct bpf_object_open_opts *programs_options(void)
{
	static struct bpf_object_open_opts options = { .sz = sizeof(options) };

	if (excerpt.fd < 0 && types_running())
		excerpt.fd = memfd_create("types", MFD_CLOEXEC);
	snprintf(excerpt.path, sizeof(excerpt.path), "/proc/self/fd/%d", excerpt.fd);
	options.btf_custom_path = access(excerpt.path, R_OK) ? NULL : excerpt.path;
	return &options;
}

static bool write_excerpt(const struct btf *btf)
{
	uint32_t size;
	const void *data = btf__raw_data(btf, &size);

	return data && !ftruncate(excerpt.fd, 0) &&
	       pwrite(excerpt.fd, data, size, 0) == (ssize_t)size;
}

/*
 * The library would read all types of the kernel once more to find what typed programs attach
 * to, which name_target() does. It does not for those that attach to a program, so it is told
 * that they do, until then.
 */
static void skip_search(struct bpf_object *obj)
{
	struct bpf_program *prog;

	bpf_object__for_each_program(prog, obj)
	{
		if (bpf_program__type(prog) == BPF_PROG_TYPE_TRACING)
			bpf_program__set_attach_target(prog, excerpt.fd, NULL);
	}
}

/*
 * Before Linux 6.1 rows of a table that are not allocated beforehand come from the kernel's
 * general allocator, which a traced program may have interrupted: the kernel warns of that in
 * its log. A table that has been made already stays as it is.
 */
static void preallocate(struct bpf_object *obj)
{
	struct bpf_map *map;

	bpf_object__for_each_map(map, obj)
	{
		if (bpf_map__type(map) == BPF_MAP_TYPE_HASH && bpf_map__fd(map) < 0)
			bpf_map__set_map_flags(map, bpf_map__map_flags(map) & ~BPF_F_NO_PREALLOC);
	}
}

int programs_prepare(struct bpf_object *obj)
{
	struct btf *btf;
	bool written;

	if (privileges_kernel_before(6, 1))
		preallocate(obj);
	if (excerpt.fd < 0)
		return 0;
	btf = types_excerpt(types_running(), bpf_object__btf(obj));
	written = btf && write_excerpt(btf);
	btf__free(btf);
	skip_search(obj);
	return written ? 0 : -ENOMEM;
}

/* --- Programs -------------------------------------------------------------------------- */

enum exit_code programs_load(struct programs *p)
{
	int error = programs_prepare(p->obj);

	if (!error)
		error = bpf_object__load_skeleton(p->skeleton);

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

int programs_share(const struct bpf_object *tables, struct bpf_object *obj)
{
	struct bpf_map *map;
	int error = 0;

	bpf_object__for_each_map(map, obj)
	{
		int fd = bpf_object__find_map_fd_by_name(tables, bpf_map__name(map));

		if (!bpf_map__is_internal(map) && fd >= 0 && !error)
			error = bpf_map__reuse_fd(map, fd);
	}
	return error;
}

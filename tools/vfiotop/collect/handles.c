// SPDX-License-Identifier: GPL-2.0-only
#include "handles.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The maps, by name. Variables are in one that is named after the section. */
static const char *const names[HANDLE_KINDS] = {
	[HANDLE_CONTAINERS] = "containers", [HANDLE_CONTAINERS_USED] = "containers_used",
	[HANDLE_IN_FLIGHT] = "in_flight",   [HANDLE_GROUPS] = "groups",
	[HANDLE_DEVICES] = "devices",	    [HANDLE_FAILURES] = "failures",
	[HANDLE_TRACED] = "traced",	    [HANDLE_PROCESSES] = "processes",
	[HANDLE_VARIABLES] = ".bss",
};

struct handles handles_none(void)
{
	struct handles handles = { 0 };

	for (size_t i = 0; i < HANDLE_KINDS; i++)
		handles.fd[i] = -1;
	return handles;
}

void handles_add(struct handles *h, const struct bpf_object_skeleton *s)
{
	for (int i = 0; i < s->prog_cnt && h->n_programs < HANDLES_PROGRAMS; i++) {
		const struct bpf_link *link = *s->progs[i].link;

		if (!link)
			continue;
		h->programs[h->n_programs++] = bpf_program__fd(*s->progs[i].prog);
		h->links[h->n_links++] = bpf_link__fd(link);
	}
}

struct handles handles_of(const struct bpf_object_skeleton *s)
{
	struct handles h = handles_none();

	for (size_t i = 0; i < HANDLE_KINDS; i++)
		if (names[i])
			h.fd[i] = bpf_object__find_map_fd_by_name(*s->obj, names[i]);
	handles_add(&h, s);
	return h;
}

static void close_one(int fd)
{
	if (fd >= 0)
		close(fd);
}

void handles_close(struct handles *h)
{
	/* First what fills the maps. */
	for (size_t i = 0; i < h->n_links; i++)
		close_one(h->links[i]);
	for (size_t i = 0; i < h->n_programs; i++)
		close_one(h->programs[i]);
	for (size_t i = 0; i < HANDLE_KINDS; i++)
		close_one(h->fd[i]);
	*h = handles_none();
}

void handles_detach(struct handles *h, const char *program)
{
	for (size_t i = 0; i < h->n_programs; i++) {
		struct bpf_prog_info info = { 0 };
		uint32_t size = sizeof(info);

		if (bpf_obj_get_info_by_fd(h->programs[i], &info, &size) ||
		    strncmp(info.name, program, sizeof(info.name) - 1))
			continue;
		close_one(h->links[i]);
		h->links[i] = -1;
	}
}

struct program_counts handles_counts(const struct handles *h)
{
	struct program_counts counts = { 0 };

	for (size_t i = 0; i < h->n_programs; i++) {
		struct bpf_prog_info info = { 0 };
		uint32_t size = sizeof(info);

		if (bpf_obj_get_info_by_fd(h->programs[i], &info, &size))
			continue;
		counts.missed += info.recursion_misses;
		counts.runs += info.run_cnt;
		counts.ns += info.run_time_ns;
	}
	return counts;
}

static int map_info(int fd, struct bpf_map_info *info)
{
	uint32_t size = sizeof(*info);

	*info = (struct bpf_map_info){ 0 };
	return bpf_obj_get_info_by_fd(fd, info, &size);
}

/* The kernel rounds each slot up to eight bytes, and the whole to pages. */
struct array array_map(int fd)
{
	struct bpf_map_info info;
	struct array array = { 0 };

	if (map_info(fd, &info))
		return array;
	array.n = info.max_entries;
	array.bytes = (size_t)((info.value_size + 7) & ~7U) * info.max_entries;
	array.slots = mmap(NULL, array.bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	return array.slots == MAP_FAILED ? (struct array){ 0 } : array;
}

void array_unmap(struct array *array)
{
	if (array->slots)
		munmap(array->slots, array->bytes);
	*array = (struct array){ 0 };
}

size_t map_slots(int fd)
{
	struct bpf_map_info info;

	return map_info(fd, &info) ? 0 : info.max_entries;
}

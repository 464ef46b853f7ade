// SPDX-License-Identifier: GPL-2.0-only
#include "types.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "excerpt.h"

#define FOLDER "/sys/kernel/btf"
#define EVENT  "btf_trace_"
#define ITER   "bpf_iter_"

/* Over open files, and over the elements of a map. */
static const char *const iterators[] = { "task_file", "bpf_map_elem" };

#define ITERATORS (sizeof(iterators) / sizeof(iterators[0]))

#define CAST "bpf_rdonly_cast"
#define WORD "rlimit"

/* The first ones are needed. */
static const char *const modules[] = { "vfio", "vfio_iommu_type1", "iommufd" };

#define NEEDED 2

#define MODULES (sizeof(modules) / sizeof(modules[0]))

/* A name as the type information spells it, which it stays in. */
struct entry {
	struct type type;
	const char *name;
	uint32_t kind;
};

struct types {
	struct btf *kernel;
	struct btf *modules[MODULES];
	int fds[MODULES];		  /* of these in the kernel, 0 when not asked for */
	struct type iterators[ITERATORS]; /* with number 0 if there is none */
	struct types_word word;
	struct entry *entries;
	size_t n;
	size_t slots;
};

static bool is_wanted(const struct btf_type *type, const char *name)
{
	switch (btf_kind(type)) {
	case BTF_KIND_FUNC:
		return !strncmp(name, "vfio_", 5) || !strncmp(name, "iommufd_", 8) ||
		       !strncmp(name, "iopt_", 5) || !strcmp(name, "do_update_pinned");
	case BTF_KIND_TYPEDEF:
		return !strncmp(name, EVENT "vfio_", sizeof(EVENT) - 1 + 5);
	default:
		return false;
	}
}

static bool add(struct types *t, const struct entry *entry)
{
	if (t->n == t->slots) {
		size_t slots = t->slots ? t->slots * 2 : 256;
		struct entry *more = realloc(t->entries, slots * sizeof(*more));

		if (!more)
			return false;
		t->entries = more;
		t->slots = slots;
	}
	t->entries[t->n++] = *entry;
	return true;
}

static void note_iterator(struct types *t, const char *name, uint32_t id)
{
	if (strncmp(name, ITER, sizeof(ITER) - 1))
		return;
	for (size_t i = 0; i < ITERATORS; i++)
		if (!strcmp(name + sizeof(ITER) - 1, iterators[i]))
			t->iterators[i].id = id;
}

static const struct type *find_iterator(const struct types *t, const char *name)
{
	for (size_t i = 0; i < ITERATORS; i++)
		if (t->iterators[i].id && !strcmp(name, iterators[i]))
			return &t->iterators[i];
	return NULL;
}

/* Notes what is not of VFIO. */
static void note(struct types *t, uint32_t id, uint32_t kind, const char *name)
{
	if (kind == BTF_KIND_FUNC)
		note_iterator(t, name, id);
	if (kind == BTF_KIND_FUNC && !strcmp(name, CAST))
		t->word.cast = id;
	else if (kind == BTF_KIND_STRUCT && !strcmp(name, WORD))
		t->word.type = id;
}

/* Whether note() or is_wanted() may look for it: the first letter tells of most names. */
static bool may_be_known(const char *name)
{
	switch (*name) {
	case 'b':
	case 'd':
	case 'i':
	case 'r':
	case 'v':
		return true;
	default:
		return false;
	}
}

/* What is new in @btf: a module's types come after the kernel's own. */
static bool collect(struct types *t, const struct btf *btf, uint32_t first, const char *module)
{
	uint32_t n = btf__type_cnt(btf);

	for (uint32_t id = first; id < n; id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		uint32_t kind = btf_kind(type);
		struct entry entry = { { id, module }, NULL, kind };
		const char *name;

		/* Most are neither. */
		if (kind != BTF_KIND_FUNC && kind != BTF_KIND_TYPEDEF && kind != BTF_KIND_STRUCT)
			continue;
		name = btf__name_by_offset(btf, type->name_off);
		if (!module && !may_be_known(name))
			continue;
		entry.name = name;
		if (!module)
			note(t, id, kind, name);
		/* Functions of iommufd have many names. */
		if ((is_wanted(type, name) || (module && kind == BTF_KIND_FUNC)) && !add(t, &entry))
			return false;
	}
	return true;
}

static bool read_types(struct types *t, const char *folder)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/vmlinux", folder);
	t->kernel = btf__parse(path, NULL);
	if (!t->kernel || !collect(t, t->kernel, 1, NULL))
		return false;
	for (size_t i = 0; i < MODULES; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, modules[i]);
		t->modules[i] = btf__parse_split(path, t->kernel);
		if (t->modules[i] &&
		    !collect(t, t->modules[i], btf__type_cnt(t->kernel), modules[i]))
			return false;
	}
	return t->n;
}

struct types *types_read(const char *folder)
{
	struct types *t = calloc(1, sizeof(*t));

	if (t && read_types(t, folder))
		return t;
	types_free(t);
	return NULL;
}

void types_free(struct types *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < MODULES; i++) {
		btf__free(t->modules[i]);
		if (t->fds[i] > 0)
			close(t->fds[i]);
	}
	btf__free(t->kernel);
	free(t->entries);
	free(t);
}

const struct type *types_find(const struct types *t, enum types_kind kind, const char *name)
{
	uint32_t wanted = kind == TYPES_EVENT ? BTF_KIND_TYPEDEF : BTF_KIND_FUNC;
	size_t skip = kind == TYPES_EVENT ? sizeof(EVENT) - 1 : 0;

	if (kind == TYPES_ITERATOR)
		return find_iterator(t, name);
	for (size_t i = 0; i < t->n; i++)
		if (t->entries[i].kind == wanted && !strcmp(t->entries[i].name + skip, name))
			return &t->entries[i].type;
	return NULL;
}

/* --- Parameters ------------------------------------------------------------------------- */

static const struct btf_type *without_modifiers(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	while (btf_is_mod(type) || btf_is_typedef(type))
		type = btf__type_by_id(btf, type->type);
	return type;
}

static bool is_number_of(const struct btf_type *type, uint32_t bytes)
{
	return (btf_is_int(type) || btf_is_any_enum(type)) && type->size == bytes;
}

static bool points_to(const struct btf *btf, const struct btf_type *type, const char *word,
		      size_t length)
{
	const char *name;

	if (!btf_is_ptr(type))
		return false;
	if (*word == '*')
		return true;
	type = without_modifiers(btf, type->type);
	name = btf__name_by_offset(btf, type->name_off);
	return btf_is_composite(type) && strlen(name) == length && !memcmp(name, word, length);
}

/* @id: of the value or a parameter, 0 when there is none */
static bool fits(const struct btf *btf, uint32_t id, const char *word, size_t length)
{
	const struct btf_type *type;

	if (*word == '-')
		return true;
	if (!id)
		return false;
	type = without_modifiers(btf, id);
	if (*word >= '0' && *word <= '9')
		return is_number_of(type, (uint32_t)(*word - '0'));
	return points_to(btf, type, word, length);
}

static const struct btf *btf_of(const struct types *t, const struct type *type)
{
	size_t i = 0;

	if (!type->module)
		return t->kernel;
	while (strcmp(modules[i], type->module) != 0)
		i++;
	return t->modules[i];
}

bool types_takes(const struct types *t, const struct type *type, const char *takes)
{
	const struct btf *btf = btf_of(t, type);
	const struct btf_type *proto = btf__type_by_id(btf, btf__type_by_id(btf, type->id)->type);
	const struct btf_param *params = btf_params(proto);
	uint16_t n = 0, parameters = btf_vlen(proto);
	size_t length = strcspn(takes, " ");
	bool exact = *takes != '-';

	if (!fits(btf, proto->type, takes, length))
		return false;
	for (takes += length; *takes; takes += length, n++) {
		length = strcspn(++takes, " ");
		if (n == parameters || !fits(btf, params[n].type, takes, length))
			return false;
	}
	return !exact || n == parameters;
}

/* Whether some function of a module is built into the kernel. */
static bool is_built_in(const struct types *t, const char *module)
{
	for (size_t i = 0; i < t->n; i++)
		if (!t->entries[i].type.module && t->entries[i].kind == BTF_KIND_FUNC &&
		    !strncmp(t->entries[i].name, module, strlen(module)))
			return true;
	return false;
}

bool types_complete(const struct types *t)
{
	for (size_t i = 0; i < NEEDED; i++)
		if (!t->modules[i] && !is_built_in(t, modules[i]))
			return false;
	return true;
}

struct types_word types_word(const struct types *t)
{
	static const struct types_word none;

	return t && t->word.cast && t->word.type ? t->word : none;
}

static int module_fd(const char *module)
{
	uint32_t id = 0;

	while (!bpf_btf_get_next_id(id, &id)) {
		char name[64] = "";
		struct bpf_btf_info info = { .name = (uintptr_t)name, .name_len = sizeof(name) };
		uint32_t size = sizeof(info);
		int fd = bpf_btf_get_fd_by_id(id);

		if (fd < 0)
			continue;
		if (!bpf_obj_get_info_by_fd(fd, &info, &size) && info.kernel_btf &&
		    !strcmp(name, module))
			return fd;
		close(fd);
	}
	return -errno;
}

int types_fd(struct types *t, const struct type *type)
{
	size_t i = 0;

	if (!type->module)
		return 0;
	while (strcmp(modules[i], type->module) != 0)
		i++;
	if (t->fds[i] <= 0)
		t->fds[i] = module_fd(type->module);
	return t->fds[i];
}

struct btf *types_excerpt(const struct types *t, const struct btf *wanted)
{
	struct btf *all[1 + MODULES] = { t->kernel };

	memcpy(&all[1], t->modules, sizeof(t->modules));
	return excerpt_make(wanted, all, 1 + MODULES);
}

static struct types *running;

struct types *types_running(void)
{
	if (!running)
		running = types_read(FOLDER);
	return running;
}

void types_forget(void)
{
	types_free(running);
	running = NULL;
}

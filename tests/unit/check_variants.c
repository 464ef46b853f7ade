// SPDX-License-Identifier: GPL-2.0-only
/*
 * check_variants FOLDER PROGRAMS... [all]: for a kernel with stock modules, whose types and
 * symbols are in FOLDER, and with "all" for variants of it: which source is chosen, what it
 * knows, and that the programs find each field where it is, or do not find it. Prints lines of
 * TAP without numbers.
 */
#include <bpf/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "collect/functions.h"
#include "collect/hooks.h"
#include "collect/options.h"
#include "collect/types.h"
#include "snapshot.h"
#include "variants.h"

#define STOCK (KNOWS_ALL & ~KNOWS_PHASES)
#define REMOVALS                                                                                \
	(KNOWS_PINS | KNOWS_MAPPINGS | KNOWS_CHARGES | KNOWS_TEARDOWNS | KNOWS_TEARDOWN_BYTES | \
	 KNOWS_UNPINS | KNOWS_RANGES)
#define KPROBES \
	(KNOWS_CONTAINERS | KNOWS_REQUESTS | KNOWS_MAPPINGS | KNOWS_TEARDOWNS | KNOWS_DIRTY_LOG)

/* What a variant must come to. */
struct expected {
	const char *name;
	void (*make)(const char *folder);
	enum source_choice source;
	unsigned int knowledge;
	/* A field that programs must not find, or NULL. */
	const char *structure, *field;
};

static const struct collect_options options;
static char *const *objects;
static size_t n_objects;

static void say(bool right, const char *variant, const char *what)
{
	printf("%s - %s: %s\n", right ? "ok" : "not ok", variant, what);
}

/* --- Fields ---------------------------------------------------------------------------- */

struct place {
	uint32_t offset, bits;
	bool found;
	bool number;
};

static const struct btf_type *plain(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	while (btf_is_mod(type) || btf_is_typedef(type))
		type = btf__type_by_id(btf, type->type);
	return type;
}

static bool is_number(const struct btf_type *type)
{
	return btf_is_int(type) || btf_is_any_enum(type);
}

static struct place place_in(const struct btf *btf, const struct btf_type *of, const char *name,
			     uint32_t base)
{
	for (uint16_t i = 0; i < btf_vlen(of); i++) {
		const struct btf_member *m = &btf_members(of)[i];
		const struct btf_type *inner = plain(btf, m->type);
		uint32_t offset = base + btf_member_bit_offset(of, i);
		const char *this = btf__name_by_offset(btf, m->name_off);
		struct place place = { .found = false };

		if (!*this && btf_is_composite(inner))
			place = place_in(btf, inner, name, offset);
		else if (!strcmp(this, name))
			place = (struct place){ offset,
						btf_member_bitfield_size(of, i)
							? btf_member_bitfield_size(of, i)
							: inner->size * 8,
						true, is_number(inner) };
		if (place.found)
			return place;
	}
	return (struct place){ .found = false };
}

/* A structure where it is described. */
struct described {
	const struct btf *btf;
	const struct btf_type *type; /* NULL when it is not */
};

static struct described describe(const struct btf *btf, const char *structure)
{
	int id = btf ? btf__find_by_name_kind(btf, structure, BTF_KIND_STRUCT) : -1;

	return (struct described){ btf, id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL };
}

static struct place place_of(struct described d, const char *field)
{
	return d.type ? place_in(d.btf, d.type, field, 0) : (struct place){ .found = false };
}

/* Types as they are in files, read without the code under test. */
static struct btf *kernel, *modules[2];
static bool kernel_shared;

static struct described truth(const char *structure)
{
	struct described d = describe(kernel, structure);

	for (size_t i = 0; i < 2 && !d.type; i++)
		d = describe(modules[i], structure);
	return d;
}

static void read_truth(const char *folder)
{
	static const char *const names[] = { "vfio", "vfio_iommu_type1" };
	char path[256];

	kernel = variant_kernel(folder, &kernel_shared);
	for (size_t i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		modules[i] = kernel ? btf__parse_split(path, kernel) : NULL;
	}
}

static void free_truth(void)
{
	btf__free(modules[0]);
	btf__free(modules[1]);
	if (!kernel_shared)
		btf__free(kernel);
}

/* One field of a structure of the programs. */
static bool is_right(const char *structure, const char *field, struct place real, struct place seen,
		     const struct btf_type *local)
{
	bool readable = real.found && (!is_number(local) || !real.number ||
				       (real.bits == local->size * 8 && !(real.offset % 8)));

	if (seen.found == readable && (!readable || seen.offset == real.offset))
		return true;
	printf("# %s.%s: is %sat bit %u, programs see it %sat %u\n", structure, field,
	       real.found ? "" : "not ", real.offset, seen.found ? "" : "not ", seen.offset);
	return false;
}

/* All fields that programs name, and how many of them are there. */
static bool are_right(const struct btf *programs, const struct btf *excerpt, unsigned int *found)
{
	uint32_t n = btf__type_cnt(programs);
	bool right = true;

	for (uint32_t id = 1; id < n; id++) {
		const struct btf_type *type = btf__type_by_id(programs, id);
		struct described real, seen;
		char name[128], *end;

		snprintf(name, sizeof(name), "%s", btf__name_by_offset(programs, type->name_off));
		end = strstr(name, "___");
		if (end)
			*end = '\0';
		if (!btf_is_struct(type) || !*name)
			continue;
		real = truth(name);
		seen = describe(excerpt, name);
		for (uint16_t i = 0; i < btf_vlen(type); i++) {
			const struct btf_member *m = &btf_members(type)[i];
			const char *field = btf__name_by_offset(programs, m->name_off);

			right &= is_right(name, field, place_of(real, field), place_of(seen, field),
					  plain(programs, m->type));
			*found += place_of(seen, field).found;
		}
	}
	return right;
}

static void check_fields(const struct expected *e, const struct types *types)
{
	for (size_t i = 0; i < n_objects; i++) {
		struct btf *programs = btf__parse_elf(objects[i], NULL);
		struct btf *excerpt = types_excerpt(types, programs);
		const char *object = strrchr(objects[i], '/') + 1;
		unsigned int found = 0;
		char what[256];

		snprintf(what, sizeof(what), "%s finds each field where it is, or not at all",
			 object);
		say(are_right(programs, excerpt, &found) && found > 20, e->name, what);
		if (e->field &&
		    btf__find_by_name_kind(programs, e->structure, BTF_KIND_STRUCT) > 0) {
			snprintf(what, sizeof(what), "%s does not find %s.%s", object, e->structure,
				 e->field);
			say(!place_of(describe(excerpt, e->structure), e->field).found, e->name,
			    what);
		}
		btf__free(excerpt);
		btf__free(programs);
	}
}

/* --- Sources --------------------------------------------------------------------------- */

/* In the order of collect/sources.c, by what their open() asks. */
static enum source_choice choose(const struct types *types, const char *folder, unsigned int *known)
{
	char symbols[256];
	struct functions *typed, *named;
	enum source_choice source = SOURCE_IOMMU;

	snprintf(symbols, sizeof(symbols), "%s/kallsyms", folder);
	typed = functions_by_type(&options, types, symbols);
	named = functions_by_symbol(&options, types, symbols);
	if (types && types_find(types, TYPES_EVENT, "vfio_dma_map")) {
		source = SOURCE_TRACEPOINTS;
	} else if (typed && !hooks_missing(&hooks_stock, typed)) {
		source = SOURCE_STOCK;
		*known = hooks_knowledge(&hooks_stock, typed, true);
	} else if (named && !hooks_missing(&hooks_kprobes, named)) {
		source = SOURCE_KPROBES;
		*known = hooks_knowledge(&hooks_kprobes, named, false);
	}
	functions_free(typed);
	functions_free(named);
	return source;
}

static void check_variant(const struct expected *e, const char *from, const char *folder)
{
	unsigned int known = 0;
	enum source_choice source;
	struct types *types;
	char what[128];

	variant_open(from, folder);
	if (e->make)
		e->make(folder);
	read_truth(folder);
	types = types_read(folder);
	source = choose(types, folder, &known);
	snprintf(what, sizeof(what), "the source is %s", source_names[e->source]);
	say(source == e->source, e->name, what);
	if (source != e->source)
		printf("# it is %s\n", source_names[source]);
	say(known == e->knowledge, e->name, "it knows what it can, and no more");
	if (known != e->knowledge)
		printf("# %#x, not %#x\n", known, e->knowledge);
	if (types)
		check_fields(e, types);
	types_free(types);
	free_truth();
	variant_close(folder);
}

/* --- Variants -------------------------------------------------------------------------- */

#define CORE	"vfio"
#define BACKEND "vfio_iommu_type1"

static void without_backend_types(const char *folder)
{
	variant_without_types(folder, BACKEND);
}

static void without_all_types(const char *folder)
{
	variant_without_types(folder, "vmlinux");
}

/* The compiler removed a parameter: a newer pahole describes such a function all the same. */
static void split_with_types(const char *folder)
{
	variant_rename_symbol(folder, "vfio_remove_dma", "vfio_remove_dma.isra.0");
}

static void split(const char *folder)
{
	variant_rename_symbol(folder, "vfio_remove_dma", "vfio_remove_dma.isra.0");
	variant_rename(folder, BACKEND, "vfio_remove_dma", "vfio_remove_dma.isra.0");
}

/* Part of a function is in another one; the rest has its name. */
static void split_part(const char *folder)
{
	variant_rename_symbol(folder, "vfio_pin_pages_remote", "vfio_pin_pages_remote.part.0");
	variant_rename(folder, BACKEND, "vfio_pin_pages_remote", "vfio_pin_pages_remote_inlined");
}

static void split_cold(const char *folder)
{
	variant_rename_symbol(folder, "vfio_iommu_type1_open",
			      "vfio_remove_dma.cold\t[vfio_iommu_type1]\n"
			      "0000000000000000 t vfio_iommu_type1_open");
}

static void needed_is_split(const char *folder)
{
	variant_rename_symbol(folder, "vfio_group_detach_container",
			      "vfio_group_detach_container.constprop.0");
}

static void needed_is_renamed(const char *folder)
{
	variant_rename_symbol(folder, "vfio_fops_unl_ioctl", "vfio_container_ioctl");
	variant_rename(folder, CORE, "vfio_fops_unl_ioctl", "vfio_container_ioctl");
}

static void all_are_renamed(const char *folder)
{
	needed_is_renamed(folder);
	variant_rename_symbol(folder, "vfio_iommu_type1_ioctl", "type1_ioctl");
}

static void another_parameter(const char *folder)
{
	variant_add_parameter(folder, BACKEND, "vfio_remove_dma");
}

static void parameter_behind_value(const char *folder)
{
	variant_add_parameter(folder, BACKEND, "vfio_iommu_type1_pin_pages");
}

static void needed_has_another_parameter(const char *folder)
{
	variant_add_parameter(folder, CORE, "vfio_fops_unl_ioctl");
}

static void ioctls_have_another_parameter(const char *folder)
{
	variant_add_parameter(folder, CORE, "vfio_fops_unl_ioctl");
	variant_add_parameter(folder, BACKEND, "vfio_iommu_type1_ioctl");
}

static void another_value(const char *folder)
{
	variant_resize_value(folder, BACKEND, "vfio_unpin_pages_remote");
}

static void fields_moved(const char *folder)
{
	variant_move_fields(folder, BACKEND, "vfio_dma");
	variant_move_fields(folder, BACKEND, "vfio_iommu");
	variant_move_fields(folder, CORE, "vfio_group");
	variant_move_fields(folder, CORE, "vfio_container");
	variant_move_fields(folder, "vmlinux", "task_struct");
}

static void field_absent(const char *folder)
{
	variant_rename_field(folder, BACKEND, "vfio_dma", "locked_vm", "locked_pages");
}

static void field_resized(const char *folder)
{
	variant_resize_field(folder, BACKEND, "vfio_iommu", "dma_avail");
}

static void kernel_field_resized(const char *folder)
{
	variant_resize_field(folder, "vmlinux", "iommu_group", "id");
}

static const struct expected every[] = {
	{ "as it is", NULL, SOURCE_STOCK, STOCK, NULL, NULL },
	{ "VFIO built in", variant_build_in, SOURCE_STOCK, STOCK, NULL, NULL },
};

static const struct expected more[] = {
	{ "backend without types", without_backend_types, SOURCE_KPROBES, KPROBES, NULL, NULL },
	{ "no types", without_all_types, SOURCE_KPROBES, KPROBES, NULL, NULL },
	{ ".isra, with types", split_with_types, SOURCE_STOCK, STOCK & ~REMOVALS, NULL, NULL },
	{ ".isra", split, SOURCE_STOCK, STOCK & ~REMOVALS, NULL, NULL },
	{ ".part", split_part, SOURCE_STOCK, STOCK & ~(KNOWS_RUNS | KNOWS_PROGRESS), NULL, NULL },
	{ ".cold", split_cold, SOURCE_STOCK, STOCK, NULL, NULL },
	{ ".constprop of what is needed", needed_is_split, SOURCE_KPROBES, KPROBES, NULL, NULL },
	{ "another name", needed_is_renamed, SOURCE_KPROBES, KPROBES, NULL, NULL },
	{ "other names", all_are_renamed, SOURCE_IOMMU, 0, NULL, NULL },
	{ "one more parameter", another_parameter, SOURCE_STOCK, STOCK & ~REMOVALS, NULL, NULL },
	{ "one more parameter before the value", parameter_behind_value, SOURCE_STOCK,
	  STOCK & ~(KNOWS_PINS | KNOWS_UNPINS), NULL, NULL },
	{ "one more parameter of what is needed", needed_has_another_parameter, SOURCE_KPROBES,
	  KPROBES, NULL, NULL },
	{ "one more parameter of all ioctls", ioctls_have_another_parameter, SOURCE_IOMMU, 0, NULL,
	  NULL },
	{ "a value of another size", another_value, SOURCE_STOCK, STOCK & ~KNOWS_UNPINS, NULL,
	  NULL },
	{ "fields moved", fields_moved, SOURCE_STOCK, STOCK, NULL, NULL },
	{ "a field absent", field_absent, SOURCE_STOCK, STOCK, "vfio_dma", "locked_vm" },
	{ "a field of another size", field_resized, SOURCE_STOCK, STOCK, "vfio_iommu",
	  "dma_avail" },
	{ "a field of the kernel of another size", kernel_field_resized, SOURCE_STOCK, STOCK,
	  "iommu_group", "id" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int main(int argc, char **argv)
{
	bool all = argc > 1 && !strcmp(argv[argc - 1], "all");
	char folder[] = "/tmp/vfiotop-variants-XXXXXX", path[64];

	if (argc < 3 + all || !mkdtemp(folder))
		return 2;
	snprintf(path, sizeof(path), "%s/types", folder);
	objects = &argv[2];
	n_objects = (size_t)(argc - 2 - all);
	for (size_t i = 0; i < COUNT(every); i++)
		check_variant(&every[i], argv[1], path);
	for (size_t i = 0; all && i < COUNT(more); i++)
		check_variant(&more[i], argv[1], path);
	rmdir(folder);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "variants.h"

#include <bpf/btf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOVED_BYTES 64

static const char *const files[] = { "vmlinux", "vfio", "vfio_iommu_type1", "kallsyms" };

#define FILES (sizeof(files) / sizeof(files[0]))

/* A file, or what becomes one. */
struct blob {
	char *data;
	size_t size;
};

static void need(bool holds, const char *what)
{
	if (holds)
		return;
	printf("not ok - the variant can be made: %s\n", what);
	exit(1);
}

static const char *path_of(const char *folder, const char *file)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, file);
	return path;
}

static struct blob read_blob(const char *folder, const char *file)
{
	FILE *f = fopen(path_of(folder, file), "re");
	struct blob blob = { 0 };

	need(f && !fseek(f, 0, SEEK_END), file);
	blob.size = (size_t)ftell(f);
	blob.data = calloc(1, blob.size + 1);
	rewind(f);
	need(fread(blob.data, 1, blob.size, f) == blob.size, file);
	fclose(f);
	return blob;
}

/* In place of the link. */
static void write_blob(const char *folder, const char *file, const void *data, size_t size)
{
	FILE *f;

	unlink(path_of(folder, file));
	f = fopen(path_of(folder, file), "we");
	need(f && fwrite(data, 1, size, f) == size && !fclose(f), file);
}

void variant_open(const char *from, const char *folder)
{
	char target[256];

	need(!mkdir(folder, 0700), folder);
	for (size_t i = 0; i < FILES; i++) {
		snprintf(target, sizeof(target), "%s/%s", from, files[i]);
		need(!symlink(target, path_of(folder, files[i])), files[i]);
	}
}

void variant_close(const char *folder)
{
	for (size_t i = 0; i < FILES; i++)
		unlink(path_of(folder, files[i]));
	rmdir(folder);
}

/* --- Types of a file ------------------------------------------------------------------- */

struct opened {
	struct btf *kernel;
	struct btf *btf;
	bool shared; /* the kernel is */
};

/* As long as it is a link it is that of all variants. */
struct btf *variant_kernel(const char *folder, bool *shared)
{
	static struct btf *first;
	struct stat st;

	*shared = !lstat(path_of(folder, "vmlinux"), &st) && S_ISLNK(st.st_mode);
	if (!*shared)
		return btf__parse(path_of(folder, "vmlinux"), NULL);
	if (!first)
		first = btf__parse(path_of(folder, "vmlinux"), NULL);
	return first;
}

static struct opened open_types(const char *folder, const char *file)
{
	struct opened o;
	bool shared = false;

	o.kernel = strcmp(file, "vmlinux") ? variant_kernel(folder, &shared)
					   : btf__parse(path_of(folder, "vmlinux"), NULL);
	o.shared = shared;

	o.btf = strcmp(file, "vmlinux") ? btf__parse_split(path_of(folder, file), o.kernel)
					: o.kernel;
	need(o.btf, file);
	return o;
}

static void close_types(const char *folder, const char *file, struct opened *o)
{
	uint32_t size;
	const void *data = btf__raw_data(o->btf, &size);

	write_blob(folder, file, data, size);
	if (o->btf != o->kernel)
		btf__free(o->btf);
	if (!o->shared)
		btf__free(o->kernel);
}

/* What is there may move with each addition, so it is found again. */
static struct btf_type *find(const struct btf *btf, const char *name, uint32_t kind)
{
	int id = btf__find_by_name_kind(btf, name, kind);

	need(id > 0, name);
	return (struct btf_type *)btf__type_by_id(btf, (uint32_t)id);
}

void variant_without_types(const char *folder, const char *file)
{
	unlink(path_of(folder, file));
}

void variant_rename(const char *folder, const char *file, const char *name, const char *to)
{
	struct opened o = open_types(folder, file);
	int offset = btf__add_str(o.btf, to);

	find(o.btf, name, BTF_KIND_FUNC)->name_off = (uint32_t)offset;
	close_types(folder, file, &o);
}

/* The value, and the parameters behind one more. */
static void change_prototype(const char *folder, const char *file, const char *function, bool more,
			     bool wide)
{
	struct opened o = open_types(folder, file);
	int wider = btf__find_by_name_kind(o.btf, "long int", BTF_KIND_INT);
	int narrow = btf__find_by_name_kind(o.btf, "char", BTF_KIND_INT);
	uint32_t old = find(o.btf, function, BTF_KIND_FUNC)->type;
	const struct btf_type *proto = btf__type_by_id(o.btf, old);
	int value = (int)proto->type, id;

	if (wide)
		value = btf__resolve_size(o.btf, proto->type) == 8 ? narrow : wider;
	id = btf__add_func_proto(o.btf, value);
	need(id > 0 && wider > 0 && narrow > 0, function);
	if (more)
		btf__add_func_param(o.btf, "more", wider);
	for (uint16_t i = 0; i < btf_vlen(btf__type_by_id(o.btf, old)); i++)
		btf__add_func_param(o.btf, "other",
				    (int)btf_params(btf__type_by_id(o.btf, old))[i].type);
	find(o.btf, function, BTF_KIND_FUNC)->type = (uint32_t)id;
	close_types(folder, file, &o);
}

void variant_add_parameter(const char *folder, const char *file, const char *function)
{
	change_prototype(folder, file, function, true, false);
}

void variant_resize_value(const char *folder, const char *file, const char *function)
{
	change_prototype(folder, file, function, false, true);
}

void variant_move_fields(const char *folder, const char *file, const char *structure)
{
	struct opened o = open_types(folder, file);
	struct btf_type *type;

	/* In place: strings of modules come after the kernel's own, which must not grow. */
	type = find(o.btf, structure, BTF_KIND_STRUCT);
	type->size += MOVED_BYTES;
	for (uint16_t i = 0; i < btf_vlen(type); i++)
		btf_members(type)[i].offset += MOVED_BYTES * 8;
	close_types(folder, file, &o);
}

static struct btf_member *find_field(struct btf *btf, const char *structure, const char *field)
{
	struct btf_type *type = find(btf, structure, BTF_KIND_STRUCT);

	for (uint16_t i = 0; i < btf_vlen(type); i++)
		if (!strcmp(btf__name_by_offset(btf, btf_members(type)[i].name_off), field))
			return &btf_members(type)[i];
	need(false, field);
	return NULL;
}

void variant_rename_field(const char *folder, const char *file, const char *structure,
			  const char *field, const char *to)
{
	struct opened o = open_types(folder, file);
	int offset = btf__add_str(o.btf, to);

	find_field(o.btf, structure, field)->name_off = (uint32_t)offset;
	close_types(folder, file, &o);
}

void variant_resize_field(const char *folder, const char *file, const char *structure,
			  const char *field)
{
	struct opened o = open_types(folder, file);
	int type;

	type = btf__find_by_name_kind(o.btf, "short int", BTF_KIND_INT);
	need(type > 0, field);
	find_field(o.btf, structure, field)->type = (uint32_t)type;
	close_types(folder, file, &o);
}

/* --- Symbols --------------------------------------------------------------------------- */

/* Whole names, the one way or the other: "" takes the line away. */
static void replace_words(const char *folder, const char *end, const char *name, const char *to)
{
	struct blob blob = read_blob(folder, "kallsyms");
	char *text = calloc(2, blob.size + 4096), *out = text;
	size_t length = strlen(name);

	need(text, "kallsyms");
	for (char *in = blob.data; *in;) {
		if ((in == blob.data || in[-1] == ' ' || *end == '\n') &&
		    !strncmp(in, name, length) && strchr(end, in[length])) {
			out = stpcpy(out, to);
			in += length;
		} else {
			*out++ = *in++;
		}
	}
	write_blob(folder, "kallsyms", text, (size_t)(out - text));
	free(text);
	free(blob.data);
}

void variant_rename_symbol(const char *folder, const char *name, const char *to)
{
	replace_words(folder, "\t\n", name, to);
}

/* --- Built in -------------------------------------------------------------------------- */

/* Numbers of types and strings of a module, which begin where the kernel's own end. */
struct shift {
	uint32_t first_type, types;
	uint32_t first_string, strings;
};

static void shift_type(const struct shift *s, uint32_t *id)
{
	*id += *id >= s->first_type ? s->types : 0;
}

static void shift_string(const struct shift *s, uint32_t *offset)
{
	*offset += *offset >= s->first_string ? s->strings : 0;
}

/* Returns the size of the type. */
static size_t shift_one(const struct shift *s, struct btf_type *type)
{
	char *inner = (char *)(type + 1);
	uint16_t n = btf_vlen(type);

	shift_string(s, &type->name_off);
	switch (btf_kind(type)) {
	case BTF_KIND_INT:
		return sizeof(*type) + sizeof(uint32_t);
	case BTF_KIND_ENUM:
		for (uint16_t i = 0; i < n; i++)
			shift_string(s, &btf_enum(type)[i].name_off);
		return sizeof(*type) + n * sizeof(struct btf_enum);
	case BTF_KIND_ENUM64:
		for (uint16_t i = 0; i < n; i++)
			shift_string(s, &btf_enum64(type)[i].name_off);
		return sizeof(*type) + n * sizeof(struct btf_enum64);
	case BTF_KIND_ARRAY:
		shift_type(s, &btf_array(type)->type);
		shift_type(s, &btf_array(type)->index_type);
		return sizeof(*type) + sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (uint16_t i = 0; i < n; i++) {
			shift_string(s, &btf_members(type)[i].name_off);
			shift_type(s, &btf_members(type)[i].type);
		}
		return sizeof(*type) + n * sizeof(struct btf_member);
	case BTF_KIND_FUNC_PROTO:
		for (uint16_t i = 0; i < n; i++) {
			shift_string(s, &btf_params(type)[i].name_off);
			shift_type(s, &btf_params(type)[i].type);
		}
		shift_type(s, &type->type);
		return sizeof(*type) + n * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		for (uint16_t i = 0; i < n; i++)
			shift_type(s, &btf_var_secinfos(type)[i].type);
		return sizeof(*type) + n * sizeof(struct btf_var_secinfo);
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		shift_type(s, &type->type);
		return (size_t)(inner - (char *)type) + sizeof(uint32_t);
	case BTF_KIND_FWD:
	case BTF_KIND_FLOAT:
		return sizeof(*type);
	default:
		shift_type(s, &type->type);
		return sizeof(*type);
	}
}

static const struct btf_header *header_of(const struct blob *blob)
{
	return (const struct btf_header *)blob->data;
}

static char *types_of(const struct blob *blob)
{
	return blob->data + header_of(blob)->hdr_len + header_of(blob)->type_off;
}

static char *strings_of(const struct blob *blob)
{
	return blob->data + header_of(blob)->hdr_len + header_of(blob)->str_off;
}

/* How many types @kernel has, as far as it has been put together. */
static uint32_t count_types(const struct blob *kernel)
{
	struct btf *btf = btf__new(kernel->data, (uint32_t)kernel->size);
	uint32_t n = btf ? btf__type_cnt(btf) : 0;

	need(n, "vmlinux");
	btf__free(btf);
	return n;
}

/* Appends a module. */
static void append(struct blob *kernel, const struct blob *module, uint32_t first_type,
		   uint32_t first_string)
{
	struct btf_header header = *header_of(kernel);
	const struct btf_header *added = header_of(module);
	struct shift shift = { first_type, count_types(kernel) - first_type, first_string,
			       header.str_len - first_string };
	struct blob all = { 0 };
	char *to;

	for (char *type = types_of(module); type < types_of(module) + added->type_len;)
		type += shift_one(&shift, (struct btf_type *)type);
	all.size = sizeof(header) + header.type_len + added->type_len + header.str_len +
		   added->str_len;
	all.data = calloc(1, all.size);
	to = all.data + sizeof(header);
	to = mempcpy(to, types_of(kernel), header.type_len);
	to = mempcpy(to, types_of(module), added->type_len);
	to = mempcpy(to, strings_of(kernel), header.str_len);
	memcpy(to, strings_of(module), added->str_len);
	header.hdr_len = sizeof(header);
	header.type_off = 0;
	header.type_len += added->type_len;
	header.str_off = header.type_len;
	header.str_len += added->str_len;
	memcpy(all.data, &header, sizeof(header));
	free(kernel->data);
	*kernel = all;
}

void variant_build_in(const char *folder)
{
	struct blob kernel = read_blob(folder, "vmlinux");
	uint32_t types = count_types(&kernel), strings = header_of(&kernel)->str_len;

	for (size_t i = 1; i <= 2; i++) {
		struct blob module = read_blob(folder, files[i]);

		append(&kernel, &module, types, strings);
		free(module.data);
		unlink(path_of(folder, files[i]));
	}
	write_blob(folder, "vmlinux", kernel.data, kernel.size);
	free(kernel.data);
	replace_words(folder, "\n", "\t[vfio]", "");
	replace_words(folder, "\n", "\t[vfio_iommu_type1]", "");
}

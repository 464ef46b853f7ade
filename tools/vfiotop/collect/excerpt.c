// SPDX-License-Identifier: GPL-2.0-only
#include "excerpt.h"

#include <bpf/btf.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"

#define SLOTS  1024 /* more than twice the types of programs, a power of two */
#define STARTS 4096 /* six bits of a letter, twice */

/* A type that is looked for. */
struct wanted {
	const char *name;
	size_t length;
	uint16_t kind;
	bool found; /* in the kernel itself */
};

/*
 * By the hash of the name; in the next free slot where that is taken. Of each name's first two
 * letters @starts has a bit: most of the kernel's names need no more.
 */
struct names {
	struct wanted slots[SLOTS];
	uint64_t starts[STARTS / 64];
	size_t n;
};

/* Copies from one kernel or module. */
struct copier {
	struct btf *to;
	const struct btf *from;
	int32_t *copies; /* by number there, 0 when there is none */
	int32_t pointer; /* the only one: what it points to does not matter */
};

/* --- Names ----------------------------------------------------------------------------- */

/* As loading sees it: what comes after ___ tells versions of a type apart. */
static size_t name_length(const char *name)
{
	const char *end = strstr(name, "___");

	return end && end != name ? (size_t)(end - name) : strlen(name);
}

static bool may_be_wanted(const struct btf_type *type)
{
	return (btf_is_composite(type) || btf_is_typedef(type) || btf_is_any_enum(type)) &&
	       type->name_off;
}

static uint16_t kind_of(const struct btf_type *type)
{
	return btf_is_any_enum(type) ? BTF_KIND_ENUM : btf_kind(type);
}

/* Its slot, or the free one where it belongs. */
static struct wanted *slot_of(struct names *names, const char *name, size_t length, uint16_t kind)
{
	size_t i = hash_text(name, length) % SLOTS;

	while (names->slots[i].name &&
	       (names->slots[i].kind != kind || names->slots[i].length != length ||
		memcmp(names->slots[i].name, name, length) != 0))
		i = (i + 1) % SLOTS;
	return &names->slots[i];
}

/* Of the first two letters. The second may belong to ___ already. */
static unsigned int start_of(const char *name)
{
	unsigned int second = name[1] == '_' ? 0 : (unsigned int)name[1] % 64;

	return (unsigned int)name[0] % 64 * 64 + second;
}

static bool may_be_in(const struct names *names, const char *name)
{
	unsigned int start = start_of(name);

	return names->starts[start / 64] >> start % 64 & 1;
}

static bool read_wanted(struct names *names, const struct btf *programs)
{
	uint32_t n = btf__type_cnt(programs);

	for (uint32_t id = 1; id < n; id++) {
		const struct btf_type *type = btf__type_by_id(programs, id);
		const char *name;
		struct wanted *slot;
		size_t length;

		if (!may_be_wanted(type))
			continue;
		name = btf__name_by_offset(programs, type->name_off);
		length = name_length(name);
		slot = slot_of(names, name, length, kind_of(type));
		if (slot->name)
			continue;
		if (++names->n > SLOTS / 2)
			return false;
		*slot = (struct wanted){ .name = name, .length = length, .kind = kind_of(type) };
		names->starts[start_of(name) / 64] |= 1ULL << start_of(name) % 64;
	}
	return true;
}

/* --- Copies ---------------------------------------------------------------------------- */

static int32_t copy(struct copier *c, uint32_t id);

/* Numbers of types inside of @added are still those of where it is from. */
static bool copy_inner(struct copier *c, int32_t added, const struct btf_type *type)
{
	struct btf_type *to = (struct btf_type *)btf__type_by_id(c->to, (uint32_t)added);
	int32_t inner;

	switch (btf_kind(type)) {
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_TYPE_TAG:
		inner = copy(c, type->type);
		/* What was added since may have moved it. */
		to = (struct btf_type *)btf__type_by_id(c->to, (uint32_t)added);
		to->type = (uint32_t)inner;
		return inner >= 0;
	case BTF_KIND_ARRAY:
		inner = copy(c, btf_array(type)->type);
		to = (struct btf_type *)btf__type_by_id(c->to, (uint32_t)added);
		btf_array(to)->type = (uint32_t)inner;
		if (inner < 0)
			return false;
		inner = copy(c, btf_array(type)->index_type);
		to = (struct btf_type *)btf__type_by_id(c->to, (uint32_t)added);
		btf_array(to)->index_type = (uint32_t)inner;
		return inner >= 0;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		for (uint16_t i = 0; i < btf_vlen(type); i++) {
			inner = copy(c, btf_members(type)[i].type);
			to = (struct btf_type *)btf__type_by_id(c->to, (uint32_t)added);
			btf_members(to)[i].type = (uint32_t)inner;
			if (inner < 0)
				return false;
		}
		return true;
	default:
		return true;
	}
}

/* Gives the number of the copy, or a negative errno. */
static int32_t copy(struct copier *c, uint32_t id)
{
	const struct btf_type *type;
	int32_t added;

	if (!id || c->copies[id])
		return c->copies[id];
	type = btf__type_by_id(c->from, id);
	if (btf_is_ptr(type)) {
		if (!c->pointer)
			c->pointer = btf__add_ptr(c->to, 0);
		return c->pointer;
	}
	added = btf__add_type(c->to, c->from, type);
	c->copies[id] = added;
	return added < 0 || copy_inner(c, added, type) ? added : -1;
}

/* @modules: what was found in the kernel itself is not looked for. */
static bool copy_from(struct btf *to, struct names *names, const struct btf *from, uint32_t first,
		      bool modules)
{
	uint32_t n = btf__type_cnt(from);
	struct copier c = { .to = to, .from = from, .copies = calloc(n, sizeof(*c.copies)) };
	bool copied = c.copies;

	for (uint32_t id = first; copied && id < n; id++) {
		const struct btf_type *type = btf__type_by_id(from, id);
		struct wanted *slot;
		const char *name;

		if (!may_be_wanted(type))
			continue;
		name = btf__name_by_offset(from, type->name_off);
		if (!may_be_in(names, name))
			continue;
		slot = slot_of(names, name, name_length(name), kind_of(type));
		if (!slot->name || (modules && slot->found))
			continue;
		copied = copy(&c, id) >= 0;
		slot->found = slot->found || !modules;
	}
	free(c.copies);
	return copied;
}

/* --- Fields of another size ------------------------------------------------------------ */

static const struct btf_type *without_modifiers(const struct btf *btf, uint32_t id)
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

/* Programs read as many bytes as they were built for. */
static bool reads_right(const struct btf *btf, const struct btf_type *of, uint16_t i,
			uint32_t bytes)
{
	const struct btf_type *type = without_modifiers(btf, btf_members(of)[i].type);
	uint32_t bits = btf_member_bitfield_size(of, i);

	if (!bits)
		bits = type->size * 8;
	return !is_number(type) || (bits == bytes * 8 && !(btf_member_bit_offset(of, i) % 8));
}

/* Takes the name of a field, so that loading does not find it. */
static void hide_field(struct btf *btf, const struct btf_type *of, const char *name, uint32_t bytes)
{
	for (uint16_t i = 0; i < btf_vlen(of); i++) {
		struct btf_member *member = &btf_members(of)[i];
		const char *this = btf__name_by_offset(btf, member->name_off);
		const struct btf_type *inner = without_modifiers(btf, member->type);

		if (!*this && btf_is_composite(inner))
			hide_field(btf, inner, name, bytes);
		else if (!strcmp(this, name) && !reads_right(btf, of, i, bytes))
			member->name_off = 0;
	}
}

/* The numbers in @from, a structure of programs, that are of another size in @to. */
static void hide_fields(struct btf *excerpt, const struct btf_type *to, const struct btf *programs,
			const struct btf_type *from)
{
	for (uint16_t i = 0; i < btf_vlen(from); i++) {
		const struct btf_member *member = &btf_members(from)[i];
		const struct btf_type *field = without_modifiers(programs, member->type);

		if (is_number(field))
			hide_field(excerpt, to, btf__name_by_offset(programs, member->name_off),
				   field->size);
	}
}

static bool have_one_name(const struct btf *excerpt, const struct btf_type *to,
			  const struct btf *programs, const struct btf_type *from)
{
	const char *there = btf__name_by_offset(excerpt, to->name_off);
	const char *here = btf__name_by_offset(programs, from->name_off);
	size_t length = name_length(here);

	return may_be_wanted(to) && kind_of(to) == kind_of(from) && strlen(there) == length &&
	       !memcmp(there, here, length);
}

static void hide_other_sizes(struct btf *excerpt, const struct btf *programs)
{
	uint32_t n = btf__type_cnt(programs), kept = btf__type_cnt(excerpt);

	for (uint32_t id = 1; id < n; id++) {
		const struct btf_type *from = btf__type_by_id(programs, id);
		const struct btf_type *fields = without_modifiers(programs, id);

		for (uint32_t k = 1; may_be_wanted(from) && btf_is_composite(fields) && k < kept;
		     k++) {
			const struct btf_type *to = without_modifiers(excerpt, k);

			if (btf_is_composite(to) &&
			    have_one_name(excerpt, btf__type_by_id(excerpt, k), programs, from))
				hide_fields(excerpt, to, programs, fields);
		}
	}
}

struct btf *excerpt_make(const struct btf *wanted, struct btf *const *from, size_t n)
{
	struct names *names = calloc(1, sizeof(*names));
	struct btf *excerpt = btf__new_empty();
	bool made = names && excerpt && read_wanted(names, wanted);

	for (size_t i = 0; made && i < n; i++)
		made = !from[i] ||
		       copy_from(excerpt, names, from[i], i ? btf__type_cnt(from[0]) : 1, i > 0);
	free(names);
	if (made) {
		hide_other_sizes(excerpt, wanted);
		return excerpt;
	}
	btf__free(excerpt);
	return NULL;
}

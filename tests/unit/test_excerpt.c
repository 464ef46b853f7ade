// SPDX-License-Identifier: GPL-2.0-only
/* Excerpts of type information: what programs look into is there, as it was, and no more. */
#include "fixture.h"

#include <bpf/btf.h>
#include <string.h>

#include "collect/excerpt.h"

static int add_struct(struct btf *btf, const char *name, uint32_t size)
{
	int id = btf__add_struct(btf, name, size);

	assert_true(id > 0);
	return id;
}

static void add_field(struct btf *btf, const char *name, int type, uint32_t bytes)
{
	assert_int_equal(btf__add_field(btf, name, type, bytes * 8, 0), 0);
}

/* struct task has a value, a pointer, an array of values, and a name for a number. */
static struct btf *make_kernel(void)
{
	struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "unsigned int", 4, 0);
	int size = btf__add_typedef(btf, "size_t", number);
	int far, near, pointer, array;

	far = add_struct(btf, "far", 4);
	add_field(btf, "x", number, 0);
	pointer = btf__add_ptr(btf, far);
	near = add_struct(btf, "near", 8);
	add_field(btf, "a", number, 0);
	add_field(btf, "b", number, 4);
	array = btf__add_array(btf, number, near, 3);
	add_struct(btf, "task", 48);
	add_field(btf, "next", pointer, 0);
	add_field(btf, "near", near, 8);
	add_field(btf, "all", array, 16);
	add_field(btf, "size", size, 40);
	add_struct(btf, "file", 4);
	add_field(btf, "f_op", number, 0);
	return btf;
}

static struct btf *make_module(struct btf *kernel)
{
	struct btf *btf = btf__new_empty_split(kernel);
	int number = btf__find_by_name_kind(kernel, "unsigned int", BTF_KIND_INT);
	int near = btf__find_by_name_kind(kernel, "near", BTF_KIND_STRUCT);

	/* The kernel's own comes first. */
	add_struct(btf, "file", 8);
	add_field(btf, "other", number, 4);
	add_struct(btf, "group", 12);
	add_field(btf, "near", near, 4);
	add_struct(btf, "g", 2);
	return btf;
}

static struct btf *make_programs(void)
{
	struct btf *btf = btf__new_empty();

	add_struct(btf, "task", 0);
	add_struct(btf, "group___ours", 0);
	add_struct(btf, "g___ours", 0);
	add_struct(btf, "file", 0);
	add_struct(btf, "absent", 0);
	return btf;
}

static const struct btf_type *find(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_STRUCT);

	return id > 0 ? btf__type_by_id(btf, (uint32_t)id) : NULL;
}

static void assert_field(const struct btf *btf, const struct btf_type *type, uint16_t i,
			 const char *name, uint32_t offset, long long size)
{
	const struct btf_member *member = &btf_members(type)[i];

	assert_string_equal(btf__name_by_offset(btf, member->name_off), name);
	assert_int_equal(member->offset, offset * 8);
	assert_int_equal(btf__resolve_size(btf, member->type), size);
}

static void test_excerpt(void **state)
{
	struct btf *kernel = make_kernel();
	struct btf *all[] = { kernel, NULL, make_module(kernel) };
	struct btf *programs = make_programs();
	struct btf *excerpt = excerpt_make(programs, all, 3);
	const struct btf_type *type;
	const void *data;
	uint32_t size;

	(void)state;
	assert_non_null(excerpt);
	type = find(excerpt, "task");
	assert_non_null(type);
	assert_int_equal(type->size, 48);
	assert_int_equal(btf_vlen(type), 4);
	assert_field(excerpt, type, 0, "next", 0, sizeof(void *));
	assert_field(excerpt, type, 1, "near", 8, 8);
	assert_field(excerpt, type, 2, "all", 16, 24);
	assert_field(excerpt, type, 3, "size", 40, 4);
	/* What it points to is not looked into. */
	assert_null(find(excerpt, "far"));
	assert_null(find(excerpt, "absent"));
	type = find(excerpt, "group");
	assert_non_null(type);
	assert_field(excerpt, type, 0, "near", 4, 8);
	assert_non_null(find(excerpt, "g"));
	type = find(excerpt, "file");
	assert_non_null(type);
	assert_field(excerpt, type, 0, "f_op", 0, 4);

	/* As the library reads it. */
	data = btf__raw_data(excerpt, &size);
	kernel = btf__new(data, size);
	assert_non_null(kernel);
	assert_int_equal(btf__type_cnt(kernel), btf__type_cnt(excerpt));
	btf__free(kernel);
	btf__free(excerpt);
	btf__free(programs);
	btf__free(all[2]);
	btf__free(all[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_excerpt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who made the mappings that leak.
 */
#include "fixture.h"

#include <string.h>

#include "model/makers.h"

#define CONTAINER 7
#define DEPTH	  2
#define NOW	  (1ULL << 40)

static const char *const names[][DEPTH] = {
	{ "ioctl", "once" },
	{ "ioctl", "often" },
	{ "ioctl", "elsewhere" },
};

static int setup(void **state)
{
	*state = makers_new();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	makers_free(*state);
	return 0;
}

static struct vt_traced_stack request(enum vt_operation operation, uint64_t iova, uint64_t size)
{
	return (struct vt_traced_stack){
		.request = { .container = CONTAINER,
			     .operation = operation,
			     .pid = 100,
			     .iova = iova,
			     .size = size,
			     .done = size },
	};
}

/* Map at @iova, by the function of that number. Returns whether its stack is new. */
static bool map(struct makers *m, uint64_t iova, size_t by)
{
	struct vt_traced_stack r = request(VT_OP_MAP, iova, 4096);
	bool new;

	r.frames[0] = 0x1000;
	r.frames[1] = 0x2000 + by;
	new = makers_take(m, &r, DEPTH);
	if (new)
		makers_name(m, names[by]);
	return new;
}

static void remove_by(struct makers *m, enum vt_operation operation, uint64_t iova, uint64_t size)
{
	struct vt_traced_stack r = request(operation, iova, size);

	assert_false(makers_take(m, &r, DEPTH));
}

static void unmap(struct makers *m, uint64_t iova, uint64_t size)
{
	remove_by(m, VT_OP_UNMAP, iova, size);
}

/* The outer function of the stack of a leak, NULL when it is unknown. */
static const char *maker(struct makers *m, uint64_t container, struct figure iova)
{
	struct leak_view leak = { .container = { container, true }, .iova = iova };

	makers_find(m, &leak, NOW);
	if (!leak.n_stack)
		return NULL;
	assert_int_equal(leak.n_stack, DEPTH);
	assert_string_equal(leak.stack[0], "ioctl");
	return leak.stack[1];
}

static const char *most(struct makers *m)
{
	return maker(m, CONTAINER, (struct figure){ 0 });
}

static const char *at(struct makers *m, uint64_t iova)
{
	return maker(m, CONTAINER, (struct figure){ iova, true });
}

static void most_of_what_is_there(void **state)
{
	struct makers *m = *state;

	assert_null(most(m));
	assert_true(map(m, 0x10000, 0));
	assert_string_equal(most(m), "once");
	assert_true(map(m, 0x20000, 1));
	assert_false(map(m, 0x30000, 1));
	assert_string_equal(most(m), "often");
	/* What is gone does not count. */
	unmap(m, 0x20000, 4096);
	unmap(m, 0x30000, 4096);
	assert_string_equal(most(m), "once");
	assert_null(maker(m, CONTAINER + 1, (struct figure){ 0 }));
}

/* The pages of a mapping that was removed did not come back: it is still known. */
static void a_mapping_that_is_gone(void **state)
{
	struct makers *m = *state;

	map(m, 0x10000, 0);
	unmap(m, 0x10000, 4096);
	assert_string_equal(at(m, 0x10000), "once");
	assert_null(at(m, 0x20000));
	map(m, 0x10000, 1);
	assert_string_equal(at(m, 0x10000), "often");
}

static void several_at_once(void **state)
{
	struct makers *m = *state;

	map(m, 0x10000, 1);
	map(m, 0x11000, 1);
	map(m, 0x12000, 0);
	unmap(m, 0x10000, 0x2000);
	assert_string_equal(most(m), "once");
	map(m, 0x10000, 1);
	map(m, 0x11000, 1);
	/* All: what was found, from 0. */
	unmap(m, 0, 0x3000);
	assert_null(most(m));
	map(m, 0xffffffffffff0000, 2);
	assert_string_equal(most(m), "elsewhere");
	unmap(m, 0xffffffffffff0000, 0x10000);
	assert_null(most(m));
	map(m, 0x10000, 0);
	remove_by(m, VT_OP_TEARDOWN, 0, 4096);
	assert_null(most(m));
}

static void what_has_no_stack(void **state)
{
	struct vt_traced_stack r = request(VT_OP_MAP, 0x10000, 4096);
	struct makers *m = *state;

	assert_false(makers_take(m, &r, 0));
	r.request.ret = -12;
	assert_false(makers_take(m, &r, DEPTH));
	assert_null(most(m));
	/* Nobody could name it. */
	r.request.ret = 0;
	assert_true(makers_take(m, &r, DEPTH));
	assert_null(most(m));
}

/* The oldest are kept, as these leak; of what is gone, the last. */
static void more_than_there_is_room_for(void **state)
{
	struct makers *m = *state;

	for (uint64_t i = 0; i < 3 * MAKERS_MAPPINGS; i++) {
		map(m, i << 12, 1);
		unmap(m, i << 12, 4096);
	}
	assert_null(at(m, 0));
	assert_string_equal(at(m, (3 * MAKERS_MAPPINGS - 1) << 12), "often");
	for (uint64_t i = 0; i < MAKERS_MAPPINGS; i++)
		map(m, i << 12, 0);
	map(m, 1ULL << 40, 1);
	assert_string_equal(most(m), "once");
	assert_string_equal(at(m, 0), "once");
	assert_null(at(m, 1ULL << 40));
	for (size_t i = 0; i < 2 * MAKERS_STACKS; i++) {
		struct vt_traced_stack r = request(VT_OP_MAP, 0x1000, 4096);

		r.frames[0] = i;
		makers_take(m, &r, 1);
	}
}

/* The ledger of each mapping that is there. */
static void each_mapping(void **state)
{
	struct vt_traced_stack r = request(VT_OP_MAP, 0x20000, 8192);
	struct leak_view leak = { .container = { CONTAINER, true } };
	struct makers *m = *state;

	map(m, 0x10000, 0);
	r.request.time_ns = 5;
	r.request.tid = 101;
	r.request.pages = 8192;
	r.request.charged = 4096;
	assert_false(makers_take(m, &r, 0));
	r.request.iova = 0x30000;
	r.request.time_ns = 4;
	r.request.pages = r.request.charged = VT_UNKNOWN;
	assert_false(makers_take(m, &r, 0));
	/* How many there should be is not known. */
	makers_find(m, &leak, NOW);
	assert_null(leak.made);
	leak.mappings = (struct figure){ 3, true };
	makers_find(m, &leak, NOW);
	assert_int_equal(leak.n_made, 3);
	assert_known(leak.made[0].iova, 0x10000);
	assert_int_equal(leak.made[0].n_stack, DEPTH);
	assert_string_equal(leak.made[0].stack[1], "once");
	assert_known(leak.made[1].iova, 0x30000);
	assert_unknown(leak.made[1].pinned);
	assert_unknown(leak.made[1].charged);
	assert_known(leak.made[2].iova, 0x20000);
	assert_known(leak.made[2].size, 8192);
	assert_known(leak.made[2].pinned, 8192);
	assert_known(leak.made[2].charged, 4096);
	assert_known(leak.made[2].made_ns, 5);
	assert_known(leak.made[2].pid, 100);
	assert_known(leak.made[2].tid, 101);
	assert_int_equal(leak.made[2].n_stack, 0);

	/* What is younger is not among those that it has. */
	r.request.iova = 0x40000;
	r.request.time_ns = NOW + 1;
	assert_false(makers_take(m, &r, 0));
	makers_find(m, &leak, NOW);
	assert_int_equal(leak.n_made, 3);
	unmap(m, 0x40000, 8192);

	/* One was removed, and nobody saw it. */
	leak = (struct leak_view){ .container = { CONTAINER, true }, .mappings = { 2, true } };
	makers_find(m, &leak, NOW);
	assert_null(leak.made);
	unmap(m, 0x10000, 4096);
	makers_find(m, &leak, NOW);
	assert_int_equal(leak.n_made, 2);
	assert_known(leak.made[0].iova, 0x30000);
	leak = (struct leak_view){ .container = { CONTAINER, true }, .mappings = { 2, true } };
	makers_lost(m);
	makers_find(m, &leak, NOW);
	assert_null(leak.made);
}

/* Of those that are told none may be missing. */
static void mappings_without_a_place(void **state)
{
	struct vt_traced_stack r = request(VT_OP_MAP, 0, 4096);
	struct leak_view leak = { .container = { CONTAINER, true },
				  .mappings = { MAKERS_MAPPINGS, true } };
	struct makers *m = *state;

	for (uint64_t i = 0; i <= MAKERS_MAPPINGS; i++) {
		r.request.iova = i << 12;
		r.request.time_ns = 1 + i;
		makers_take(m, &r, 0);
	}
	makers_find(m, &leak, NOW);
	assert_int_equal(leak.n_made, MAKERS_ROWS);
	leak.n_made = 0;
	for (uint64_t i = 0; i < MAKERS_MAPPINGS - 2; i++)
		unmap(m, i << 12, 4096);
	r.request.iova = 0;
	r.request.time_ns = 2 * MAKERS_MAPPINGS;
	makers_take(m, &r, 0);
	makers_find(m, &leak, NOW);
	assert_int_equal(leak.n_made, 2);
	assert_known(leak.made[0].iova, (MAKERS_MAPPINGS - 2) << 12);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(most_of_what_is_there),
		TEST(a_mapping_that_is_gone),
		TEST(several_at_once),
		TEST(what_has_no_stack),
		TEST(more_than_there_is_room_for),
		TEST(each_mapping),
		TEST(mappings_without_a_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/* The tables that programs fill: what leaves them, and what is looked up again. */
#include "fixture.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>

#include "collect/census.h"
#include "collect/iommufd.h"
#include "collect/source.h"
#include "collect/tables.h"

#define SLOTS 8

/* The kernel's table of groups, in the order of the numbers. */
static struct {
	uint32_t keys[SLOTS];
	struct vt_group values[SLOTS];
	uint32_t n;
} groups;

static uint64_t memory[4096];
static unsigned int walks_wanted;

/* --- What is called ------------------------------------------------------------------------ */

struct array array_map(int fd)
{
	(void)fd;
	return (struct array){ .slots = memory, .n = 1 };
}

size_t map_slots(int fd)
{
	(void)fd;
	return SLOTS;
}

int bpf_map_lookup_batch(int fd, void *in, void *out, void *keys, void *values, uint32_t *n,
			 const struct bpf_map_batch_opts *options)
{
	(void)in;
	(void)out;
	(void)options;
	assert_true(*n >= SLOTS);
	*n = fd == HANDLE_GROUPS ? groups.n : 0;
	memcpy(keys, groups.keys, *n * sizeof(groups.keys[0]));
	memcpy(values, groups.values, *n * sizeof(groups.values[0]));
	errno = ENOENT;
	return -ENOENT;
}

int bpf_map_delete_elem(int fd, const void *key)
{
	const uint32_t group = *(const uint32_t *)key;
	uint32_t i = 0;

	assert_int_equal(fd, HANDLE_GROUPS);
	while (i < groups.n && groups.keys[i] != group)
		i++;
	assert_true(i < groups.n);
	groups.n--;
	for (; i < groups.n; i++) {
		groups.keys[i] = groups.keys[i + 1];
		groups.values[i] = groups.values[i + 1];
	}
	return 0;
}

void census_make_rows(struct census *census)
{
	(void)census;
	walks_wanted++;
}

/* Nothing is attached here. */
void census_attach(struct source *source, uint32_t container_bits, uint64_t containers_max,
		   uint32_t in_flight_slots)
{
	(void)source;
	(void)container_bits;
	(void)containers_max;
	(void)in_flight_slots;
}

void iommufd_attach(struct source *source, uint32_t container_bits, uint32_t in_flight_slots,
		    const struct collect_options *options)
{
	(void)source;
	(void)container_bits;
	(void)in_flight_slots;
	(void)options;
}

enum exit_code programs_load(struct programs *programs)
{
	(void)programs;
	return EXIT_FAILED;
}

enum exit_code programs_attach(struct programs *programs)
{
	(void)programs;
	return EXIT_FAILED;
}

struct handles handles_of(const struct bpf_object_skeleton *skeleton)
{
	(void)skeleton;
	return (struct handles){ 0 };
}

/* --- Tests ------------------------------------------------------------------------------------ */

static void add_group(uint32_t number, enum vt_state state)
{
	groups.keys[groups.n] = number;
	groups.values[groups.n++] = (struct vt_group){ .state = state };
}

static int setup(void **state)
{
	static const struct source_type type = { .choice = SOURCE_TRACEPOINTS };
	static struct source source;

	source = (struct source){ .type = &type, .knowledge = KNOWS_ALL };
	for (int i = 0; i < HANDLE_KINDS; i++)
		source.handles.fd[i] = i;
	memset(&groups, 0, sizeof(groups));
	walks_wanted = 0;
	*state = &source;
	return tables_start(&source) == EXIT_DONE ? 0 : -1;
}

static int teardown(void **state)
{
	tables_close(*state);
	return 0;
}

static size_t groups_shown(struct source *source)
{
	struct lookup lookup = { .processes = processes_new(false) };
	struct snapshot s = { 0 };

	assert_true(tables_read(source, &lookup, &s));
	processes_free(lookup.processes);
	return s.n_groups;
}

static void test_some_closed(void **state)
{
	add_group(1, VT_STATE_CLOSED);
	add_group(2, VT_STATE_OPEN);
	add_group(3, VT_STATE_CLOSED);
	assert_int_equal(groups_shown(*state), 3);
	assert_int_equal(groups_shown(*state), 3);
	assert_int_equal(walks_wanted, 0);
}

/* Those that are closed are shown once more; an open that came just then is looked for. */
static void test_half_full(void **state)
{
	add_group(1, VT_STATE_CLOSED);
	add_group(2, VT_STATE_OPEN);
	add_group(3, VT_STATE_UNKNOWN);
	add_group(4, VT_STATE_CLOSED);
	assert_int_equal(groups_shown(*state), 4);
	assert_int_equal(walks_wanted, 2);
	assert_int_equal(groups_shown(*state), 2);
	assert_int_equal(groups.keys[0], 2);
	assert_int_equal(groups.keys[1], 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_some_closed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_half_full, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

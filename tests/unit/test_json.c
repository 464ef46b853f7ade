// SPDX-License-Identifier: GPL-2.0-only
/*
 * The JSON line, as a reader of it sees it.
 */
#include "fixture.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fields.h"
#include "render/render.h"

static struct json_object *parse(const struct view *view)
{
	int plain = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	char *line = render_json(view);
	struct json_object *object;

	assert_non_null(line);
	assert_null(strchr(line, '\n'));
	object = json_tokener_parse(line);
	assert_non_null(object);
	/* No object is there twice, and nothing is written in another way than usual. */
	assert_string_equal(line, json_object_to_json_string_ext(object, plain));
	free(line);
	return object;
}

/* Follows a path such as "containers.0.map.count"; fails when it leads nowhere. */
static struct json_object *at(struct json_object *object, const char *path)
{
	char *copy = strdup(path), *rest = copy, *part;

	while ((part = strsep(&rest, "."))) {
		if (json_object_is_type(object, json_type_array))
			object = json_object_array_get_idx(object, strtoul(part, NULL, 10));
		else if (!json_object_object_get_ex(object, part, &object))
			fail_msg("no %s in %s", part, path);
	}
	free(copy);
	return object;
}

static uint64_t number(struct json_object *object, const char *path)
{
	struct json_object *value = at(object, path);

	assert_true(json_object_is_type(value, json_type_int));
	return json_object_get_uint64(value);
}

static const char *string(struct json_object *object, const char *path)
{
	struct json_object *value = at(object, path);

	assert_true(json_object_is_type(value, json_type_string));
	return json_object_get_string(value);
}

static void head_of_an_empty_report(void **state)
{
	struct fixture *f = *state;
	struct json_object *o = parse(fixture_tick(f));

	assert_string_equal(string(o, "schema"), JSON_SCHEMA);
	assert_string_equal(string(o, "source"), "tracepoints");
	assert_null(at(o, "waiting_for"));
	assert_int_equal(number(o, "time_ns"), FIXTURE_START_NS + FIXTURE_SECOND_NS);
	assert_int_equal(number(o, "interval_ns"), FIXTURE_SECOND_NS);
	assert_int_equal(number(o, "lost.containers"), 0);
	assert_int_equal(number(o, "lost.missed"), 0);
	assert_int_equal(json_object_array_length(at(o, "containers")), 0);
	assert_int_equal(json_object_array_length(at(o, "groups")), 0);
	assert_int_equal(json_object_array_length(at(o, "leaks")), 0);
	json_object_put(o);
}

static void nothing_is_known_while_waiting(void **state)
{
	struct fixture *f = *state;
	struct json_object *o;

	f->snapshot = (struct snapshot){
		.time_ns = FIXTURE_START_NS,
		.missing = "the module vfio",
	};
	o = parse(fixture_tick(f));
	assert_string_equal(string(o, "waiting_for"), "the module vfio");
	assert_int_equal(number(o, "time_ns"), FIXTURE_START_NS + FIXTURE_SECOND_NS);
	assert_int_equal(number(o, "interval_ns"), FIXTURE_SECOND_NS);
	assert_null(at(o, "watched_ns"));
	assert_null(at(o, "source"));
	assert_null(at(o, "attach"));
	assert_null(at(o, "census"));
	assert_null(at(o, "lost.containers"));
	assert_null(at(o, "lost.missed"));
	assert_null(at(o, "totals.containers"));
	assert_null(at(o, "totals.map.count"));
	assert_null(at(o, "totals.pinned_bytes"));
	assert_int_equal(json_object_array_length(at(o, "containers")), 0);
	json_object_put(o);
}

static void a_container(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 3, 100);
	struct json_object *o;

	fixture_request(&c->map, 2 << 20, 1234);
	c->map.errors = 1;
	c->pinned = 512 * PAGE;
	c->mappings = 1;
	c->runs = 1;
	c->leaf_bytes[9] = 2 << 20;
	c->leaf_bytes[4] = 65536;
	f->snapshot.n_groups = 1;
	f->groups[0].id = 12;
	f->groups[0].stats = (struct vt_group){ .container = 3, .state = VT_STATE_OPEN };
	f->snapshot.n_devices = 1;
	f->devices[0].stats = (struct vt_device){ .container = 3, .state = VT_STATE_OPEN };
	snprintf(f->devices[0].key.name, sizeof(f->devices[0].key.name), "0000:00:10.0");
	o = parse(fixture_tick(f));
	assert_int_equal(number(o, "containers.0.id"), 3);
	assert_int_equal(number(o, "containers.0.pid"), 100);
	assert_string_equal(string(o, "containers.0.comm"), "user");
	assert_string_equal(string(o, "containers.0.backend"), "type1");
	assert_int_equal(number(o, "containers.0.groups.0"), 12);
	assert_string_equal(string(o, "containers.0.devices.0"), "0000:00:10.0");
	assert_int_equal(number(o, "containers.0.mappings"), 1);
	assert_int_equal(number(o, "containers.0.mappings_limit"), 65535);
	assert_int_equal(number(o, "containers.0.pinned_bytes"), 2 << 20);
	assert_int_equal(number(o, "containers.0.runs"), 1);
	assert_int_equal(number(o, "containers.0.leaf_bytes.4096"), 0);
	assert_int_equal(number(o, "containers.0.leaf_bytes.65536"), 65536);
	assert_int_equal(number(o, "containers.0.leaf_bytes.2097152"), 2 << 20);
	assert_false(json_object_object_get_ex(at(o, "containers.0.leaf_bytes"), "8192", NULL));
	assert_int_equal(number(o, "containers.0.map.count"), 1);
	assert_int_equal(number(o, "containers.0.map.errors"), 1);
	assert_int_equal(number(o, "containers.0.map.bytes"), 2 << 20);
	assert_int_equal(number(o, "containers.0.map.ns.max"), 1234);
	assert_int_equal(number(o, "containers.0.map.ns.sum"), 1234);
	assert_int_equal(json_object_array_length(at(o, "containers.0.in_flight")), 0);
	assert_true(json_object_get_boolean(at(o, "containers.0.owner_alive")));
	json_object_put(o);
}

static void names_with_quotes(void **state)
{
	struct fixture *f = *state;
	struct json_object *o;

	fixture_container(f, 3, 100);
	strcpy(f->containers[0].owner.comm, "a\"b\\c/\"");
	strcpy(f->containers[0].cgroup, "\\");
	o = parse(fixture_tick(f));
	assert_string_equal(string(o, "containers.0.comm"), "a\"b\\c/\"");
	assert_string_equal(string(o, "containers.0.cgroup"), "\\");
	json_object_put(o);
}

static void a_device(void **state)
{
	struct fixture *f = *state;
	struct json_object *o;

	f->snapshot.n_devices = 2;
	f->devices[0] = (struct device_snapshot){
		.key = { "0000:00:10.0" },
		.stats = { .container = 3,
			   .opened_ns = FIXTURE_START_NS,
			   .group = 12,
			   .pid = 100,
			   .state = VT_STATE_OPEN,
			   .open = { .count = 1, .ns_sum = 9, .ns_max = 9, .ns_last = 9 },
			   .reset = { .count = 1,
				      .errors = 2,
				      .ns_sum = 8,
				      .ns_max = 8,
				      .ns_last = 8 } },
		.owner = { .known = true, .alive = true, .comm = "user" },
		.pci = { .known = true,
			 .vendor = 0x1b36,
			 .device = 0x10,
			 .name = "Red Hat, Inc. QEMU NVM Express Controller",
			 .driver = "vfio-pci" },
	};
	f->devices[1] = (struct device_snapshot){ .key = { "none" } };
	o = parse(fixture_tick(f));
	assert_int_equal(json_object_array_length(at(o, "devices")), 2);
	assert_string_equal(string(o, "devices.0.address"), "0000:00:10.0");
	assert_string_equal(string(o, "devices.0.state"), "open");
	assert_int_equal(number(o, "devices.0.group"), 12);
	assert_int_equal(number(o, "devices.0.container"), 3);
	assert_int_equal(number(o, "devices.0.pid"), 100);
	assert_string_equal(string(o, "devices.0.comm"), "user");
	assert_string_equal(string(o, "devices.0.vendor_id"), "0x1b36");
	assert_string_equal(string(o, "devices.0.device_id"), "0x0010");
	assert_string_equal(string(o, "devices.0.pci_name"),
			    "Red Hat, Inc. QEMU NVM Express Controller");
	assert_string_equal(string(o, "devices.0.driver"), "vfio-pci");
	assert_int_equal(number(o, "devices.0.opened_ns"), FIXTURE_START_NS);
	assert_int_equal(number(o, "devices.0.opens"), 1);
	assert_int_equal(number(o, "devices.0.open_errors"), 0);
	assert_int_equal(number(o, "devices.0.open.ns.last"), 9);
	assert_int_equal(number(o, "devices.0.closes"), 0);
	assert_null(at(o, "devices.0.close.ns.last"));
	assert_int_equal(number(o, "devices.0.close.ns.sum"), 0);
	assert_int_equal(number(o, "devices.0.resets"), 1);
	assert_int_equal(number(o, "devices.0.reset_errors"), 2);
	assert_int_equal(number(o, "devices.0.reset.ns.max"), 8);
	assert_null(at(o, "devices.1.state"));
	assert_null(at(o, "devices.1.group"));
	assert_null(at(o, "devices.1.vendor_id"));
	assert_null(at(o, "devices.1.pci_name"));
	assert_null(at(o, "devices.1.driver"));
	json_object_put(o);
}

static void unknown_is_null(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 3, 100);
	struct json_object *o;

	c->flags = 0;
	c->backend[0] = '\0';
	o = parse(fixture_tick(f));
	assert_null(at(o, "containers.0.pinned_bytes"));
	assert_null(at(o, "containers.0.mappings"));
	assert_null(at(o, "containers.0.backend"));
	assert_null(at(o, "containers.0.released_ns"));
	assert_null(at(o, "containers.0.unmap.ns.p50"));
	assert_null(at(o, "containers.0.unmap.ns.max"));
	assert_null(at(o, "containers.0.first_failure"));
	json_object_put(o);
}

static void unknown_rows_are_null(void **state)
{
	struct process_snapshot p = { .pid = 100, .containers = 1 };
	struct fixture *f = *state;
	struct json_object *o = parse(fixture_tick(f));

	assert_null(at(o, "processes"));
	assert_null(at(o, "unseen"));
	json_object_put(o);

	f->snapshot.knowledge = KNOWS_PROCESSES;
	f->snapshot.attach = NULL;
	f->snapshot.unseen_known = true;
	f->snapshot.unseen = 3;
	f->snapshot.processes = &p;
	f->snapshot.n_processes = 1;
	o = parse(fixture_tick(f));
	assert_null(at(o, "attach"));
	assert_null(at(o, "containers"));
	assert_null(at(o, "leaks"));
	assert_null(at(o, "failures"));
	assert_null(at(o, "failures_dropped"));
	assert_int_equal(number(o, "unseen"), 3);
	assert_int_equal(number(o, "processes.0.containers"), 1);
	assert_null(at(o, "processes.0.locked_bytes"));
	assert_null(at(o, "processes.0.iommu.map.count"));
	json_object_put(o);
}

static void members_of_a_container_are_null(void **state)
{
	struct fixture *f = *state;
	struct json_object *o;

	fixture_container(f, 1, 100);
	f->snapshot.knowledge = KNOWS_CONTAINERS | KNOWS_REQUESTS;
	o = parse(fixture_tick(f));
	assert_null(at(o, "containers.0.groups"));
	assert_null(at(o, "containers.0.devices"));
	assert_null(at(o, "containers.0.opened_ns"));
	assert_null(at(o, "containers.0.mappings"));
	assert_int_equal(number(o, "containers.0.map.count"), 0);
	json_object_put(o);
}

static void operations_are_with_their_container(void **state)
{
	struct fixture *f = *state;
	struct json_object *o;

	fixture_container(f, 1, 100);
	fixture_container(f, 2, 100);
	f->snapshot.n_in_flight = 1;
	f->in_flight[0] = (struct vt_in_flight){
		.start_ns = FIXTURE_START_NS,
		.container = 2,
		.iova = 0xfee00000ffff0000,
		.size = 4096,
		.operation = VT_OP_MAP,
		.pid = 100,
		.tid = 101,
	};
	o = parse(fixture_tick(f));
	assert_int_equal(json_object_array_length(at(o, "containers.0.in_flight")), 0);
	assert_int_equal(json_object_array_length(at(o, "containers.1.in_flight")), 1);
	assert_string_equal(string(o, "containers.1.in_flight.0.operation"), "map");
	assert_string_equal(string(o, "containers.1.in_flight.0.iova"), "0xfee00000ffff0000");
	assert_int_equal(number(o, "containers.1.in_flight.0.elapsed_ns"), FIXTURE_SECOND_NS);
	json_object_put(o);
}

static void a_failure(void **state)
{
	struct fixture *f = *state;
	struct json_object *o;

	f->failures[0] = (struct vt_failure){
		.operation = VT_OP_MAP,
		.ret = -17,
		.stage = VFIO_STAGE_OVERLAP,
		.iova = 0x1000,
		.size = 8192,
		.conflict_iova = 0x2000,
		.conflict_size = 4096,
		.pid = 100,
		.container = 1,
		.comm = "user",
	};
	f->snapshot.n_failures = 1;
	o = parse(fixture_tick(f));
	assert_int_equal(json_object_get_int(at(o, "failures.0.ret")), -17);
	assert_string_equal(string(o, "failures.0.stage"), "overlap");
	assert_string_equal(string(o, "failures.0.conflict_iova"), "0x2000");
	assert_null(at(o, "failures.0.group"));
	assert_string_equal(string(o, "failures.0.text"),
			    "map of 8 KiB at 0x1000 in container 1 by 100 (user): -17 EEXIST: a "
			    "mapping is in the way at 0x2000 of 4 KiB");
	json_object_put(o);
}

static void a_leak(void **state)
{
	struct fixture *f = *state;
	struct vt_container *c = fixture_container(f, 1, 100);
	struct json_object *o;

	c->unpinned_short = 1 * PAGE;
	o = parse(fixture_tick(f));
	assert_string_equal(string(o, "leaks.0.kind"), "kernel-leak");
	assert_int_equal(number(o, "leaks.0.container"), 1);
	assert_int_equal(number(o, "leaks.0.bytes"), 4096);
	assert_int_equal(number(o, "leaks.0.since_ns"), FIXTURE_START_NS + FIXTURE_SECOND_NS);
	json_object_put(o);
}

static void every_field_is_there(void **state)
{
	struct fixture *f = *state;
	static const struct {
		enum field_scope scope;
		const char *path;
	} rows[] = {
		{ SCOPE_REPORT, "" },
		{ SCOPE_CONTAINER, "containers.0." },
		{ SCOPE_LOST, "lost." },
		{ SCOPE_TOTALS, "totals." },
		{ SCOPE_DEVICE, "devices.0." },
		{ SCOPE_GROUP, "groups.0." },
		{ SCOPE_SIZE, "containers.0.map_sizes.0." },
		{ SCOPE_NODE, "containers.0.numa.0." },
		{ SCOPE_RESERVED, "groups.0.reserved.0." },
		{ SCOPE_IN_FLIGHT, "containers.0.in_flight.0." },
		{ SCOPE_RANGE, "containers.0.ranges.0." },
		{ SCOPE_LEAK, "leaks.0." },
		{ SCOPE_FAILURE, "failures.0." },
		{ SCOPE_FAILURE, "containers.0.first_failure." },
	};
	struct vt_container *c = fixture_container(f, 1, 100);
	struct json_object *o;

	c->unpinned_short = 1 * PAGE;
	c->first_failure.time_ns = FIXTURE_START_NS;
	f->failures[0] = c->first_failure;
	c->range_size[0] = 4096;
	c->map.sizes[0] = 1;
	f->in_flight[0] = (struct vt_in_flight){ .container = 1 };
	f->snapshot.n_failures = 1;
	f->snapshot.n_in_flight = 1;
	f->snapshot.n_devices = 1;
	f->snapshot.n_groups = 1;
	f->containers[0].numa.known = true;
	f->containers[0].numa.nodes = 1;
	f->groups[0].reserved.known = true;
	f->groups[0].reserved.kind[0] = RESERVED_MSI;
	o = parse(fixture_tick(f));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct field *field = NULL;

		while ((field = fields_next(rows[i].scope, field))) {
			char path[64];

			if (!field_in_json(field) || !strncmp(field->name, "leaf_bytes.", 11))
				continue;
			snprintf(path, sizeof(path), "%s%s", rows[i].path, field->name);
			at(o, path);
		}
	}
	json_object_put(o);
}

/* Looks for a field's name between backticks, without the object that its table is about. */
static bool is_documented(const char *document, const struct field *field)
{
	const char *name = field->name;
	char quoted[64];

	if (!strncmp(name, "leaf_bytes.", 11))
		name = "leaf_bytes";
	snprintf(quoted, sizeof(quoted), "`%s`", name);
	if (strstr(document, quoted))
		return true;
	name = strchr(name, '.');
	if (!name)
		return false;
	snprintf(quoted, sizeof(quoted), "`%s`", name + 1);
	return strstr(document, quoted);
}

static void every_field_is_documented(void **state)
{
	FILE *file = fopen(SOURCE_ROOT "/docs/json.md", "r");
	static char document[65536];

	(void)state;
	assert_non_null(file);
	assert_true(fread(document, 1, sizeof(document) - 1, file) > 0);
	fclose(file);
	for (int scope = 0; scope < SCOPES; scope++) {
		const struct field *field = NULL;

		while ((field = fields_next(scope, field)))
			if (field_in_json(field) && !is_documented(document, field))
				fail_msg("docs/json.md lacks %s", field->name);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(head_of_an_empty_report),
		TEST(nothing_is_known_while_waiting),
		TEST(a_container),
		TEST(names_with_quotes),
		TEST(a_device),
		TEST(unknown_is_null),
		TEST(unknown_rows_are_null),
		TEST(members_of_a_container_are_null),
		TEST(operations_are_with_their_container),
		TEST(a_failure),
		TEST(a_leak),
		TEST(every_field_is_there),
		cmocka_unit_test(every_field_is_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

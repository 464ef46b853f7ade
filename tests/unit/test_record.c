// SPDX-License-Identifier: GPL-2.0-only
/*
 * Recordings: what is written is read again, and nothing else is.
 */
#define _GNU_SOURCE
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exit.h"
#include "fields.h"
#include "record/layout.h"
#include "record/record.h"
#include "render/render.h"

static char path[] = "/tmp/vfiotop-record-XXXXXX";

/* --- A recording of two reports -------------------------------------------------------- */

static void fill(struct fixture *f)
{
	struct vt_container *c = fixture_container(f, 3, 100);

	fixture_request(&c->map, 2 << 20, 1234);
	fixture_request(&c->map, 4096, 77);
	c->pinned = 513 * PAGE;
	c->mappings = 2;
	c->runs = 2;
	c->leaf_bytes[9] = 2 << 20;
	c->key = 0xffff888012345678;
	strcpy(f->containers[0].cgroup, "/machine.slice/machine-qemu\\x2d3\\x2dsecret.scope");
	f->snapshot.n_groups = 1;
	f->groups[0].id = 12;
	f->groups[0].stats = (struct vt_group){ .container = 3, .state = VT_STATE_OPEN };
	f->snapshot.n_devices = 1;
	strcpy(f->devices[0].key.name, "0000:17:00.0");
	f->devices[0].stats = (struct vt_device){ .container = 3, .state = VT_STATE_OPEN };
	f->snapshot.n_failures = 1;
	f->failures[0] = (struct vt_failure){
		.time_ns = FIXTURE_START_NS,
		.operation = VT_OP_DEVICE_OPEN,
		.ret = -16,
		.pid = 100,
		.comm = "hidden",
		.name = "0000:17:00.0",
	};
}

static void later(struct fixture *f)
{
	f->snapshot.time_ns += FIXTURE_SECOND_NS;
	f->snapshot.realtime_ns += FIXTURE_SECOND_NS;
	fixture_request(&f->containers[0].stats.map, 8192, 99999);
	f->containers[0].stats.pinned = -5;
	f->snapshot.n_failures = 0;
}

static void record(struct fixture *f, bool anonymise)
{
	struct moment moment = { &f->snapshot, FIXTURE_START_NS - 1, true };
	struct recorder *recorder = recorder_open(path, anonymise, NULL);

	assert_non_null(recorder);
	assert_true(recorder_add(recorder, &moment));
	later(f);
	assert_true(recorder_add(recorder, &moment));
	assert_true(recorder_close(recorder));
}

static unsigned char *slurp(size_t *n)
{
	FILE *file = fopen(path, "r");
	unsigned char *bytes = malloc(1 << 20);

	*n = fread(bytes, 1, 1 << 20, file);
	fclose(file);
	return bytes;
}

static void spill(const unsigned char *bytes, size_t n)
{
	FILE *file = fopen(path, "w");

	assert_int_equal(fwrite(bytes, 1, n, file), n);
	fclose(file);
}

/* How many snapshots are readable, and the message. */
static size_t read_all(enum recording_end *end, char why[COMPLAINT_SIZE])
{
	struct recording *recording;
	struct moment moment;
	size_t n = 0;

	complaint_hold();
	*end = RECORDING_FAILED;
	recording = recording_open(path);
	if (recording)
		while ((*end = recording_next(recording, &moment)) == RECORDING_MOMENT)
			n++;
	recording_close(recording);
	complaint_release(why);
	return n;
}

static void what_is_written_is_read(void **state)
{
	struct fixture *f = *state;
	struct recording *recording;
	struct moment m;

	fill(f);
	f->snapshot.sizes = (struct page_sizes){ 64 << 10, 512 << 20 };
	record(f, false);
	recording = recording_open(path);
	assert_non_null(recording);
	assert_int_equal(recording_next(recording, &m), RECORDING_MOMENT);
	assert_int_equal(m.snapshot->sizes.page, 64 << 10);
	assert_int_equal(m.snapshot->sizes.superpage, 512 << 20);
	assert_int_equal(m.start_ns, FIXTURE_START_NS - 1);
	assert_true(m.tick);
	assert_int_equal(m.snapshot->knowledge, f->snapshot.knowledge);
	assert_string_equal(m.snapshot->source, "tracepoints");
	assert_int_equal(m.snapshot->n_containers, 1);
	assert_int_equal(m.snapshot->containers[0].stats.pinned, 513 * PAGE);
	assert_int_equal(m.snapshot->containers[0].stats.key, 0);
	assert_string_equal(m.snapshot->failures[0].name, "0000:17:00.0");
	assert_int_equal(m.snapshot->failures[0].ret, -16);
	assert_int_equal(recording_next(recording, &m), RECORDING_MOMENT);
	assert_int_equal(m.snapshot->time_ns, f->snapshot.time_ns);
	assert_int_equal(m.snapshot->containers[0].stats.pinned, -5);
	f->containers[0].stats.key = 0;
	assert_memory_equal(&m.snapshot->containers[0].stats, &f->containers[0].stats,
			    sizeof(struct vt_container));
	assert_int_equal(m.snapshot->n_failures, 0);
	assert_int_equal(recording_next(recording, &m), RECORDING_END);
	assert_true(recording_rewind(recording));
	assert_int_equal(recording_next(recording, &m), RECORDING_MOMENT);
	assert_int_equal(m.snapshot->containers[0].stats.map.count, 2);
	recording_close(recording);
}

/* --- Damage ------------------------------------------------------------------------------ */

static void every_byte_is_checked(void **state)
{
	char why[COMPLAINT_SIZE];
	enum recording_end end;
	unsigned char *bytes;
	size_t n;

	fill(*state);
	record(*state, false);
	bytes = slurp(&n);
	for (size_t i = 0; i < n; i++) {
		bytes[i] ^= (unsigned char)(1 << i % 8);
		spill(bytes, n);
		assert_true(read_all(&end, why) <= 2);
		assert_int_equal(end, RECORDING_FAILED);
		assert_non_null(strstr(why, path));
		assert_non_null(strstr(why, ": byte "));
		bytes[i] ^= (unsigned char)(1 << i % 8);
	}
	free(bytes);
}

static void a_cut_file_is_readable_up_to_the_cut(void **state)
{
	char why[COMPLAINT_SIZE];
	size_t n, last = 0, magic = strlen("vfiotop recording 1\n");
	enum recording_end end;
	unsigned char *bytes;

	fill(*state);
	record(*state, false);
	bytes = slurp(&n);
	for (size_t length = 0; length < n; length++) {
		size_t read;

		spill(bytes, length);
		read = read_all(&end, why);
		assert_int_equal(end, length < magic ? RECORDING_FAILED : RECORDING_CUT);
		assert_non_null(strstr(why, path));
		assert_true(read >= last);
		last = read;
	}
	assert_int_equal(last, 2);
	free(bytes);
}

static void other_files_are_refused(void **state)
{
	char why[COMPLAINT_SIZE];
	enum recording_end end;

	(void)state;
	spill((const unsigned char *)"vfiotop recording 2\n", 20);
	read_all(&end, why);
	assert_int_equal(end, RECORDING_FAILED);
	assert_non_null(strstr(why, "another version"));
	spill((const unsigned char *)"{\"schema\":\"vfiotop/2\"}\n", 23);
	read_all(&end, why);
	assert_int_equal(end, RECORDING_FAILED);
	assert_non_null(strstr(why, "no recording"));
}

/* --- Names --------------------------------------------------------------------------------- */

static bool has(const unsigned char *bytes, size_t n, const char *text)
{
	return memmem(bytes, n, text, strlen(text)) != NULL;
}

static void names_can_be_hidden(void **state)
{
	struct fixture *f = *state;
	struct recording *recording;
	struct moment m;
	unsigned char *bytes;
	size_t n;

	fill(f);
	strcpy(f->containers[0].owner.comm, "hidden");
	record(f, true);
	bytes = slurp(&n);
	assert_false(has(bytes, n, "hidden"));
	assert_false(has(bytes, n, "secret"));
	assert_false(has(bytes, n, "0000:17"));
	free(bytes);
	recording = recording_open(path);
	assert_int_equal(recording_next(recording, &m), RECORDING_MOMENT);
	assert_string_equal(m.snapshot->devices[0].key.name, "device-1");
	assert_string_equal(m.snapshot->failures[0].name, "device-1");
	assert_string_equal(m.snapshot->containers[0].cgroup, "/cgroup-1");
	assert_string_equal(m.snapshot->failures[0].comm, m.snapshot->containers[0].owner.comm);
	recording_close(recording);
}

/* --- The layout ------------------------------------------------------------------------------ */

/* Whoever adds a field to a snapshot adds it to the layout, or says that it is private. */
static void every_byte_of_a_row_has_a_place(void **state)
{
	(void)state;
	for (size_t t = LAYOUT_HEAD + 1; t < LAYOUT_TABLES; t++) {
		const struct layout_table *table = &layout_tables[t];
		unsigned char *covered = calloc(1, table->row_size);
		size_t hole = 0;

		for (size_t i = 0; i < table->n_fields; i++) {
			const struct layout_field *field = &table->fields[i];

			memset(covered + field->offset, 1, field->size * field->count);
		}
		for (size_t i = 0; i < table->row_size; i++) {
			hole = covered[i] ? 0 : hole + 1;
			/* No padding is longer, nor ends at a multiple of its alignment. */
			if (hole > 7)
				fail_msg("%s: byte %zu is not in record/layout.c", table->name, i);
		}
		free(covered);
	}
}

static void every_knowledge_has_a_word(void **state)
{
	(void)state;
	for (int scope = 0; scope < SCOPES; scope++) {
		const struct field *field = NULL;

		while ((field = fields_next((enum field_scope)scope, field))) {
			char words[LAYOUT_KNOWLEDGE_SIZE];

			layout_words(field->needs, words);
			assert_int_equal(layout_knowledge(words), field->needs);
		}
	}
	assert_int_equal(layout_knowledge("pins something_newer runs"), KNOWS_PINS | KNOWS_RUNS);
}

/* --- What an enemy wrote --------------------------------------------------------------- */

/* Escape sequences, a C1 control byte, a line of its own, no UTF-8. */
static const char hostile[] = "\x1b]0;x\x07\x9b\n\r\x7f\xff\x01";

static void fill_texts(const struct layout_table *table, void *row)
{
	for (size_t i = 0; i < table->n_fields; i++) {
		const struct layout_field *f = &table->fields[i];
		char *text = (char *)row + f->offset;

		for (size_t j = 0; f->kind == LAYOUT_TEXT && j < f->size; j++)
			text[j] = hostile[j % (sizeof(hostile) - 1)];
	}
}

static void assert_harmless(const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	assert_in_range(length, 1, size - 1);
	for (size_t i = 0; i < length; i++)
		assert_true(text[i] >= ' ' && text[i] <= '~');
}

static void assert_texts_harmless(const struct layout_table *table, const void *row)
{
	for (size_t i = 0; i < table->n_fields; i++)
		if (table->fields[i].kind == LAYOUT_TEXT)
			assert_harmless((const char *)row + table->fields[i].offset,
					table->fields[i].size);
}

/* The row of a table in a snapshot; the head has none there. */
static void *first_row(const struct snapshot *s, size_t t)
{
	return *(void *const *)((const char *)s + layout_tables[t].rows);
}

static void a_terminal_obeys_no_text(void **state)
{
	static struct process_snapshot process;
	struct fixture *f = *state;
	struct moment moment = { &f->snapshot, FIXTURE_START_NS - 1, true };
	struct recorder *recorder = recorder_open(path, false, hostile);
	struct recording *recording;

	assert_non_null(recorder);
	fixture_container(f, 3, 100);
	f->snapshot.processes = &process;
	f->snapshot.n_in_flight = f->snapshot.n_groups = f->snapshot.n_devices = 1;
	f->snapshot.n_processes = f->snapshot.n_failures = 1;
	f->snapshot.missing = f->snapshot.source = f->snapshot.attach = hostile;
	for (size_t t = LAYOUT_HEAD + 1; t < LAYOUT_TABLES; t++)
		fill_texts(&layout_tables[t], first_row(&f->snapshot, t));
	assert_true(recorder_add(recorder, &moment));
	assert_true(recorder_close(recorder));
	recording = recording_open(path);
	assert_non_null(recording);
	assert_int_equal(recording_next(recording, &moment), RECORDING_MOMENT);
	assert_harmless(recording_about(recording), sizeof(hostile) + 1);
	assert_harmless(moment.snapshot->missing, sizeof(hostile) + 1);
	assert_harmless(moment.snapshot->source, sizeof(hostile) + 1);
	assert_harmless(moment.snapshot->attach, sizeof(hostile) + 1);
	for (size_t t = LAYOUT_HEAD + 1; t < LAYOUT_TABLES; t++)
		assert_texts_harmless(&layout_tables[t], first_row(moment.snapshot, t));
	recording_close(recording);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_written_is_read, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(every_byte_is_checked, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(a_cut_file_is_readable_up_to_the_cut, fixture_setup,
						fixture_teardown),
		cmocka_unit_test(other_files_are_refused),
		cmocka_unit_test_setup_teardown(names_can_be_hidden, fixture_setup,
						fixture_teardown),
		cmocka_unit_test_setup_teardown(a_terminal_obeys_no_text, fixture_setup,
						fixture_teardown),
		cmocka_unit_test(every_byte_of_a_row_has_a_place),
		cmocka_unit_test(every_knowledge_has_a_word),
	};
	int status;

	close(mkstemp(path));
	status = cmocka_run_group_tests_name("record", tests, NULL, NULL);
	unlink(path);
	return status;
}

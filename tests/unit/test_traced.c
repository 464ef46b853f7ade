// SPDX-License-Identifier: GPL-2.0-only
/*
 * Traced requests: what is known of one, and its lines.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model/traced.h"
#include "render/columns.h"
#include "render/traced.h"

static struct vt_traced a_map(void)
{
	return (struct vt_traced){
		.time_ns = 5000000000,
		.container = 7,
		.iova = 0x100000000,
		.size = 2 << 20,
		.done = 2 << 20,
		.pages = 2 << 20, /* bytes already */
		.total_ns = 1000,
		.pin_ns = 600,
		.iommu_ns = 300,
		.operation = VT_OP_MAP,
		.pid = 42,
		.tid = 43,
		.backing = VFIO_BACKING_RAM,
		.comm = "qemu\033[31m",
	};
}

static struct traced_view view_of(struct vt_traced request, unsigned int knowledge)
{
	struct traced_view view;

	traced_make(&request, knowledge, 1000000000, &view);
	return view;
}

static void phases_add_up(void **state)
{
	struct traced_view v = view_of(a_map(), KNOWS_ALL);

	(void)state;
	assert_int_equal(v.pin.value, 600);
	assert_int_equal(v.iommu.value, 300);
	assert_true(v.other.known);
	assert_int_equal(v.other.value, 100);
	assert_string_equal(v.backing, "ram");
	assert_string_equal(v.comm, "qemu?[31m");
	assert_int_equal(v.realtime_ns.value, 6000000000);
}

/* Never a figure that the source does not know. */
static void unknown_is_unknown(void **state)
{
	struct vt_traced request = a_map();
	struct traced_view v = view_of(request, KNOWS_ALL & ~(KNOWS_PHASES | KNOWS_PINS));

	(void)state;
	assert_true(v.total.known);
	assert_false(v.pin.known);
	assert_false(v.iommu.known);
	assert_false(v.other.known);
	assert_false(v.pinned.known);
	assert_string_equal(v.backing, "");

	/* It was running when the watch began. */
	request.total_ns = 0;
	request.pages = VT_UNKNOWN;
	v = view_of(request, KNOWS_ALL);
	assert_false(v.total.known);
	assert_false(v.pin.known);
	assert_false(v.pinned.known);

	request.operation = VT_OP_TEARDOWN;
	v = view_of(request, KNOWS_ALL & ~KNOWS_TEARDOWN_BYTES);
	assert_false(v.iova.known);
	assert_false(v.size.known);
	assert_false(v.done.known);
}

static void text(void **state)
{
	struct traced_view v = view_of(a_map(), KNOWS_ALL & ~KNOWS_PHASES);
	char lines[512] = "";
	FILE *out = fmemopen(lines, sizeof(lines), "w");

	(void)state;
	setenv("TZ", "UTC", 1);
	traced_text_header(out);
	traced_text(&v, out);
	v.error.value = 12;
	traced_text(&v, out);
	fclose(out);
	assert_string_equal(
		lines,
		"TIME                 PID  COMMAND           VCTR  OP                  IOVA"
		"      SIZE    PINNED     TOTAL       PIN     IOMMU     OTHER  RESULT\n"
		"00:00:06.000000       42  qemu?[31m            7  map          0x100000000"
		"     2 MiB     2 MiB   1.00 µs         -         -         -       0\n"
		"00:00:06.000000       42  qemu?[31m            7  map          0x100000000"
		"     2 MiB     2 MiB   1.00 µs         -         -         -  -12 ENOMEM\n");
}

/* A caller that is not there is said to be missing, not shown as none. */
static void stack(void **state)
{
	const char *const names[] = { "ioctl+0x7 (/lib/libc.so.6)", "main+0x10 (/bin/qemu)" };
	struct traced_view v = view_of(a_map(), KNOWS_ALL);
	char lines[512] = "";
	FILE *out = fmemopen(lines, sizeof(lines), "w");
	char *line;

	(void)state;
	v.stack = names;
	v.n_stack = 2;
	traced_text(&v, out);
	fflush(out);
	assert_non_null(strstr(lines, "\n    #0 ioctl+0x7 (/lib/libc.so.6)\n"
				      "    #1 main+0x10 (/bin/qemu)\n"));
	assert_null(strstr(lines, "frame pointers"));
	line = render_json_traced(&v);
	assert_non_null(strstr(line, "\"stack\":[\"ioctl+0x7 (/lib/libc.so.6)\","
				     "\"main+0x10 (/bin/qemu)\"]"));
	free(line);
	v.n_stack = 1;
	traced_text(&v, out);
	fclose(out);
	assert_non_null(strstr(lines, "built without frame pointers"));
}

static void json(void **state)
{
	struct traced_view v = view_of(a_map(), KNOWS_ALL & ~KNOWS_PINS);
	char *line = render_json_traced(&v);

	(void)state;
	assert_string_equal(line,
			    "{\"schema\":\"vfiotop-trace/1\",\"time_ns\":5000000000,"
			    "\"realtime_ns\":6000000000,\"pid\":42,\"tid\":43,"
			    "\"comm\":\"qemu?[31m\",\"container\":7,\"api\":\"vfio\","
			    "\"operation\":\"map\",\"iova\":\"0x100000000\",\"size_bytes\":2097152,"
			    "\"done_bytes\":2097152,\"pinned_bytes\":null,\"backing\":\"ram\","
			    "\"ns\":{\"total\":1000,\"pin\":600,\"iommu\":300,\"other\":100},"
			    "\"ret\":0,\"stage\":null,\"stack\":null}");
	free(line);
}

static void csv(void **state)
{
	struct traced_view v = view_of(a_map(), KNOWS_ALL);
	const struct view view = { .traced = &v, .n_traced = 1 };
	struct columns columns;
	char lines[1024] = "";
	FILE *out = fmemopen(lines, sizeof(lines), "w");

	(void)state;
	columns_all(&columns, &view);
	columns_csv_header(&columns, out);
	columns_csv(&columns, &view, out);
	fclose(out);
	assert_string_equal(lines, "traced.time_ns,traced.realtime_ns,traced.pid,traced.tid,"
				   "traced.comm,traced.container,traced.api,traced.operation,"
				   "traced.iova,traced.size_bytes,traced.done_bytes,"
				   "traced.pinned_bytes,traced.backing,traced.ns.total,"
				   "traced.ns.pin,traced.ns.iommu,traced.ns.other,traced.ret,"
				   "traced.stage,traced.stack\n"
				   "5000000000,6000000000,42,43,qemu?[31m,7,vfio,map,0x100000000,"
				   "2097152,2097152,2097152,ram,1000,600,300,100,0,,\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(phases_add_up), cmocka_unit_test(unknown_is_unknown),
		cmocka_unit_test(text),		 cmocka_unit_test(stack),
		cmocka_unit_test(json),		 cmocka_unit_test(csv),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers and failures in words.
 */
#include "fixture.h"

#include <errno.h>
#include <string.h>

#include "fields.h"
#include "model/causes.h"
#include "model/failures.h"

static void assert_bytes(uint64_t bytes, const char *expected)
{
	char word[WORD_SIZE];

	word_bytes(bytes, word);
	assert_string_equal(word, expected);
}

static void assert_ns(uint64_t ns, const char *expected)
{
	char word[WORD_SIZE];

	word_ns(ns, word);
	assert_string_equal(word, expected);
}

static void sizes(void **state)
{
	(void)state;
	assert_bytes(0, "0 B");
	assert_bytes(1023, "1023 B");
	assert_bytes(1024, "1 KiB");
	assert_bytes(1536, "1.50 KiB");
	assert_bytes((1 << 20) - 1, "1.00 MiB");
	assert_bytes(2 << 20, "2 MiB");
	assert_bytes(12345678, "11.8 MiB");
	assert_bytes(123456789, "118 MiB");
	assert_bytes(1ULL << 40, "1 TiB");
	assert_bytes(~0ULL, "16 EiB");
}

static void durations(void **state)
{
	(void)state;
	assert_ns(0, "0 ns");
	assert_ns(999, "999 ns");
	assert_ns(1000, "1.00 µs");
	assert_ns(12345, "12.3 µs");
	assert_ns(999499, "999 µs");
	assert_ns(999999, "1.00 ms");
	assert_ns(26387596, "26.4 ms");
	assert_ns(999999999, "1.00 s");
	assert_ns(55000000000, "55.0 s");
}

static void figures(void **state)
{
	char word[WORD_SIZE];

	(void)state;
	word_figure(UNIT_BYTES, (struct figure){ 0 }, word);
	assert_string_equal(word, "-");
	word_figure(UNIT_MILLI, (struct figure){ 12345, true }, word);
	assert_string_equal(word, "12.3");
	word_figure(UNIT_MILLI, (struct figure){ 1234567, true }, word);
	assert_string_equal(word, "1235");
	word_figure(UNIT_BYTE_RATE, (struct figure){ 1 << 30, true }, word);
	assert_string_equal(word, "1 GiB/s");
	word_figure(UNIT_ADDRESS, (struct figure){ 0xfee00000, true }, word);
	assert_string_equal(word, "0xfee00000");
}

static void errors(void **state)
{
	char word[WORD_SIZE];

	(void)state;
	word_error(-ENOMEM, word);
	assert_string_equal(word, "-12 ENOMEM");
	word_error(-12345, word);
	assert_string_equal(word, "-12345");
}

static void assert_failure(const struct vt_failure *failure, const char *expected)
{
	char line[256];

	failure_text(failure, line, sizeof(line));
	assert_string_equal(line, expected);
}

static void failures(void **state)
{
	struct vt_failure f = {
		.operation = VT_OP_GROUP_OPEN,
		.ret = -EBUSY,
		.group = 12,
		.pid = 7,
		.holder_pid = 5,
		.comm = "qemu",
	};

	(void)state;
	assert_failure(&f, "open of group 12 by 7 (qemu): -16 EBUSY: held by process 5");

	f = (struct vt_failure){
		.operation = VT_OP_MAP,
		.ret = -ENOMEM,
		.stage = VFIO_STAGE_ACCOUNT,
		.size = 2 << 20,
		.iova = 0x1000,
		.container = 1,
		.pid = 7,
		.comm = "qemu",
		.locked = 256 * PAGE,
		.locked_limit = 512 * PAGE,
	};
	assert_failure(
		&f,
		"map of 2 MiB at 0x1000 in container 1 by 7 (qemu): -12 ENOMEM: the "
		"locked-memory limit forbids it: 1 MiB locked of RLIMIT_MEMLOCK 2 MiB, up to 1 MiB "
		"too little");
	f.locked_limit = ~0ULL;
	assert_failure(&f, "map of 2 MiB at 0x1000 in container 1 by 7 (qemu): -12 ENOMEM: the "
			   "locked-memory limit forbids it");
	f.stage = VFIO_STAGE_LIMIT;
	f.ret = -ENOSPC;
	f.mappings = 8;
	f.mappings_limit = 8;
	assert_failure(&f, "map of 2 MiB at 0x1000 in container 1 by 7 (qemu): -28 ENOSPC: 8 of 8 "
			   "mappings are in use");
	f.stage = VFIO_STAGE_APERTURE;
	f.ret = -EINVAL;
	f.conflict_iova = 0;
	f.conflict_size = 1ULL << 39;
	assert_failure(&f, "map of 2 MiB at 0x1000 in container 1 by 7 (qemu): -22 EINVAL: the "
			   "range is outside the aperture of the IOMMU, 0x0 to 0x7fffffffff");
	f.stage = VFIO_STAGE_BACKEND;
	assert_failure(&f,
		       "map of 2 MiB at 0x1000 in container 1 by 7 (qemu): -22 EINVAL: no IOMMU "
		       "backend chosen yet");
	f.operation = VT_OP_UNMAP;
	assert_failure(&f, "unmap of 2 MiB at 0x1000 in container 1 by 7 (qemu): -22 EINVAL: no "
			   "IOMMU backend chosen yet");
	f.operation = VT_OP_MAP;
	f.ret = -ENOSPC;
	f.stage = 999;
	assert_failure(
		&f, "map of 2 MiB at 0x1000 in container 1 by 7 (qemu): -28 ENOSPC: unknown cause");
	f.ret = -EBADF;
	assert_failure(&f, "map of 2 MiB at 0x1000 in container 1 by 7 (qemu): -9 EBADF: there is "
			   "no such file");
	f.ret = -ENOENT;
	f.operation = VT_OP_UNMAP;
	assert_failure(&f,
		       "unmap of 2 MiB at 0x1000 in container 1 by 7 (qemu): -2 ENOENT: nothing "
		       "is mapped there, or a mapping reaches beyond the range");
	f.container = 0;
	assert_failure(&f, "unmap of 2 MiB at 0x1000 by 7 (qemu): -2 ENOENT: there is no such "
			   "address space");

	f = (struct vt_failure){
		.operation = VT_OP_DEVICE_OPEN,
		.ret = -ENODEV,
		.group = 12,
		.pid = 7,
	};
	memset(f.name, 'x', sizeof(f.name));
	assert_failure(
		&f,
		"open of device xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx in group 12 by 7 (?): "
		"-19 ENODEV: the group has no device of that name with a driver of VFIO");

	f = (struct vt_failure){
		.operation = VT_OP_DEVICE_RESET,
		.ret = -EINVAL,
		.group = 12,
		.pid = 7,
		.comm = "qemu",
		.name = "0000:00:10.0",
	};
	assert_failure(&f, "reset of device 0000:00:10.0 in group 12 by 7 (qemu): -22 EINVAL: it "
			   "cannot be reset by itself");
	f.group = VT_NO_GROUP;
	assert_failure(&f, "reset of device 0000:00:10.0 by 7 (qemu): -22 EINVAL: it cannot be "
			   "reset by itself");
	f.group = 12;
	f.operation = VT_OP_BUS_RESET;
	f.ret = -EPERM;
	assert_failure(&f, "bus reset of device 0000:00:10.0 in group 12 by 7 (qemu): -1 EPERM");
}

static void causes_of_other_requests(void **state)
{
	struct vt_failure f = { .operation = VT_OP_UNMAP, .ret = -EINVAL, .iova = 0x1000 };

	(void)state;
	assert_string_equal(cause_of_error(&f), "the size is 0");
	f.size = 100;
	assert_string_equal(cause_of_error(&f),
			    "address or size is not a multiple of the page size");
	f.size = -0x1000ULL;
	assert_non_null(strstr(cause_of_error(&f), "would cut a mapping in two"));
	f.iova = 0x2000;
	assert_non_null(strstr(cause_of_error(&f), "wraps around"));
	f.ret = -EIO;
	assert_null(cause_of_error(&f));

	f = (struct vt_failure){ .operation = VT_OP_ATTACH, .ret = -EPERM, .group = 12 };
	assert_non_null(strstr(cause_of_error(&f), "has a host driver"));
	f.operation = VT_OP_SET_IOMMU;
	assert_non_null(strstr(cause_of_error(&f), "allow_unsafe_interrupts"));
	f.operation = VT_OP_GROUP_OPEN;
	f.ret = -EBUSY;
	assert_non_null(strstr(cause_of_error(&f), "open already"));
	f.operation = VT_OP_DETACH;
	assert_non_null(strstr(cause_of_error(&f), "is open"));
	/* Without a group it has no container. */
	f.operation = VT_OP_DEVICE_OPEN;
	f.ret = -EINVAL;
	assert_non_null(strstr(cause_of_error(&f), "in no container"));
	f.group = VT_NO_GROUP;
	assert_null(cause_of_error(&f));
	/* None that succeeded has one. */
	f.ret = 0;
	assert_null(cause_of_error(&f));
}

static void long_lines_are_cut(void **state)
{
	struct vt_failure f = { .operation = VT_OP_MAP, .ret = -EINVAL };
	char line[10];

	(void)state;
	failure_text(&f, line, sizeof(line));
	assert_int_equal(strlen(line), sizeof(line) - 1);
}

static void every_stage_has_words(void **state)
{
	(void)state;
	for (uint32_t stage = VFIO_STAGE_ARGUMENT; stage <= VFIO_STAGE_BACKEND; stage++) {
		struct vt_failure f = { .operation = VT_OP_MAP, .ret = -EINVAL, .stage = stage };
		char line[256];

		assert_non_null(failure_stage(stage));
		failure_text(&f, line, sizeof(line));
		assert_null(strstr(line, "unknown cause"));
	}
	assert_null(failure_stage(VFIO_STAGE_BACKEND + 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(durations),
		cmocka_unit_test(figures),
		cmocka_unit_test(errors),
		cmocka_unit_test(failures),
		cmocka_unit_test(causes_of_other_requests),
		cmocka_unit_test(long_lines_are_cut),
		cmocka_unit_test(every_stage_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

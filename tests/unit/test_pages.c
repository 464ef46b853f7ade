// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sizes of pages and huge pages: what the kernel says, or what its tables imply.
 */
#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "collect/pages.h"

static char folder[] = "/tmp/vfiotop-test-XXXXXX";
static char path[64];

static int setup(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	snprintf(path, sizeof(path), "%s/hpage_pmd_size", folder);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static uint64_t superpage(uint64_t page, const char *text)
{
	FILE *file;

	unlink(path);
	if (text) {
		file = fopen(path, "we");
		assert_non_null(file);
		fputs(text, file);
		fclose(file);
	}
	assert_int_equal(pages_read(page, folder).page, page);
	return pages_read(page, folder).superpage;
}

static void sizes(void **state)
{
	(void)state;
	assert_int_equal(superpage(4096, "2097152\n"), 2 << 20);
	/* Of POWER, whose tables have more levels than pages of 64 KiB imply. */
	assert_int_equal(superpage(65536, "2097152\n"), 2 << 20);
	assert_int_equal(superpage(65536, "536870912\n"), 512 << 20);
	assert_int_equal(superpage(4096, NULL), 2 << 20);
	assert_int_equal(superpage(16384, NULL), 32 << 20);
	assert_int_equal(superpage(65536, NULL), 512 << 20);
	assert_int_equal(superpage(4096, "none\n"), 2 << 20);
	assert_int_equal(superpage(4096, "3000000\n"), 2 << 20);
	assert_int_equal(superpage(65536, "4096\n"), 512 << 20);
}

/* Where a size is in the list of leaves, also one that has no place there. */
static void leaves(void **state)
{
	const struct page_sizes large = { 65536, 512 << 20 };

	(void)state;
	assert_int_equal(page_sizes_leaf(2048), 0);
	assert_int_equal(page_sizes_leaf(4096), 0);
	assert_int_equal(page_sizes_leaf(65536), 4);
	assert_int_equal(page_sizes_leaf(2 << 20), 9);
	assert_int_equal(page_sizes_leaf(1 << 30), 18);
	assert_int_equal(page_sizes_leaf(1ULL << 31), 19);
	assert_int_equal(page_sizes_leaf(0), 19);
	assert_int_equal(page_sizes_giant(&PAGE_SIZES_USUAL), 1 << 30);
	assert_int_equal(page_sizes_giant(&large), 4ULL << 40);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes),
		cmocka_unit_test(leaves),
	};

	return cmocka_run_group_tests_name("pages", tests, setup, teardown);
}

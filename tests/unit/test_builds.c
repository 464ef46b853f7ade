// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which build of VFIO is which.
 */
#include "fixture.h"

#include "collect/builds.h"

static struct build read_all(const char *const *lines)
{
	struct build build = { 0 };

	while (*lines)
		build_read(&build, *lines++);
	return build;
}

static const char *const ours[] = {
	"filename:       /lib/modules/6.12.1/updates/dkms/vfio.ko.xz",
	"alias:          devname:vfio/vfio",
	"version:        vfiotop-0.1",
	"srcversion:     7685814DBFE3F9DDA8DA708",
	"vermagic:       6.12.1 SMP preempt mod_unload modversions ",
	NULL,
};
static const char *const kernels[] = {
	"filename:       /lib/modules/6.12.1/kernel/drivers/vfio/vfio.ko.xz",
	"softdep:        post: vfio_iommu_type1 vfio_iommu_spapr_tce",
	"version:        0.3",
	"srcversion:     C89C7E0A4818EF79ACCF8E8",
	NULL,
};
static const char *const builtin[] = { "name:           vfio", "filename:       (builtin)", NULL };
static const char *const none[] = { NULL };

static void what_modinfo_prints(void **state)
{
	struct build build = read_all(ours);

	(void)state;
	assert_true(build.found && build.ours);
	assert_string_equal(build.version, "vfiotop-0.1");
	assert_string_equal(build.srcversion, "7685814DBFE3F9DDA8DA708");
	assert_string_equal(build.file, "/lib/modules/6.12.1/updates/dkms/vfio.ko.xz");
	build = read_all(kernels);
	assert_true(build.found && !build.ours);
	build = read_all(builtin);
	assert_true(build.found && !build.ours);
	build = read_all(none);
	assert_false(build.found || build.ours);
}

static void which_are_the_same(void **state)
{
	struct build a = read_all(ours), b = read_all(ours), kernel = read_all(kernels),
		     missing = read_all(none);

	(void)state;
	assert_true(builds_same(&a, &b));
	assert_true(builds_same(&kernel, &kernel));
	assert_false(builds_same(&a, &kernel));
	assert_false(builds_same(&kernel, &a));
	assert_false(builds_same(&a, &missing));
	assert_false(builds_same(&missing, &missing));
	/* The same version of other source, and another version of the same. */
	b.srcversion[0] = '0';
	assert_false(builds_same(&a, &b));
	b = a;
	build_read(&b, "version:        vfiotop-0.2");
	assert_false(builds_same(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_modinfo_prints),
		cmocka_unit_test(which_are_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the path of a cgroup tells.
 */
#include "fixture.h"

#include <string.h>

#include "collect/cgroup.h"
#include "model/cgroup_names.h"

#define UID	       "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"
#define UID_OF_SYSTEMD "0a1b2c3d_4e5f_6071_8293_a4b5c6d7e8f9"
#define SCOPE	       "machine-qemu\\x2d12\\x2ddb\\x2dserver.scope"

static void one_path(void **state)
{
	char path[CGROUP_PATH_SIZE];

	(void)state;
	cgroup_path("0::/system.slice/cron.service\n", path);
	assert_string_equal(path, "/system.slice/cron.service");
	cgroup_path("0::/\n", path);
	assert_string_equal(path, "/");
	cgroup_path("0::/without/an/end", path);
	assert_string_equal(path, "/without/an/end");
	cgroup_path("", path);
	assert_string_equal(path, "");
}

static void path_among_several(void **state)
{
	char path[CGROUP_PATH_SIZE];

	(void)state;
	/* systemd's hierarchy names the unit; so does the unified one, if it is in use. */
	cgroup_path("12:memory:/m\n1:name=systemd:/a.service\n0::/\n", path);
	assert_string_equal(path, "/a.service");
	cgroup_path("0::/\n1:name=systemd:/a.service\n", path);
	assert_string_equal(path, "/a.service");
	cgroup_path("1:name=systemd:/a.service\n0::/a.service\n", path);
	assert_string_equal(path, "/a.service");
	cgroup_path("12:memory:/m\n11:name=other:/o\n", path);
	assert_string_equal(path, "");
}

static void path_that_is_too_long(void **state)
{
	char contents[CGROUP_PATH_SIZE + 8] = "0::/";
	char path[CGROUP_PATH_SIZE];

	(void)state;
	memset(contents + 4, 'x', CGROUP_PATH_SIZE - 2);
	cgroup_path(contents, path);
	assert_int_equal(strlen(path), CGROUP_PATH_SIZE - 1);
	contents[CGROUP_PATH_SIZE + 2] = 'x';
	cgroup_path(contents, path);
	assert_string_equal(path, "");
}

static void assert_names(const char *path, const char *unit, const char *domain, const char *pod)
{
	struct cgroup_names names;

	cgroup_parse(path, &names);
	assert_string_equal(names.unit, unit);
	assert_string_equal(names.domain, domain);
	assert_string_equal(names.pod, pod);
}

static void units(void **state)
{
	(void)state;
	assert_names("/system.slice/spdk.service", "spdk.service", "", "");
	assert_names("/user.slice/user-0.slice/session-3.scope", "session-3.scope", "", "");
	assert_names("/user.slice/user-1.slice/user@1.service/app.slice/x.service/sub", "x.service",
		     "", "");
	assert_names("/system.slice", "", "", "");
	assert_names("/", "", "", "");
	assert_names("", "", "", "");
	assert_names("/.scope", "", "", "");
}

static void libvirt_domains(void **state)
{
	(void)state;
	assert_names("/machine.slice/" SCOPE "/libvirt/emulator", SCOPE, "db-server", "");
	assert_names("/machine/qemu-1-vm.libvirt-qemu/emulator", "", "vm", "");
	/* What an escape hides is no less dangerous. */
	assert_names("/machine.slice/machine-qemu\\x2d1\\x2da\\x1b\\x5b2J\\xff\\x9b.scope",
		     "machine-qemu\\x2d1\\x2da\\x1b\\x5b2J\\xff\\x9b.scope", "a?[2J??", "");
	assert_names("/machine/qemu-1-a\\x1\\xg0\\x.libvirt-qemu", "", "a\\x1\\xg0\\x", "");
	/* Not of libvirt, or of its containers. */
	assert_names("/machine.slice/machine-qemu\\x2dvm.scope", "machine-qemu\\x2dvm.scope", "",
		     "");
	assert_names("/machine.slice/machine-lxc\\x2d1\\x2dc.scope",
		     "machine-lxc\\x2d1\\x2dc.scope", "", "");
	assert_names("/system.slice/qemu-1-x.service", "qemu-1-x.service", "", "");
}

static void pods(void **state)
{
	(void)state;
	assert_names(
		"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UID_OF_SYSTEMD
		".slice/cri-containerd-77.scope",
		"cri-containerd-77.scope", "", UID);
	assert_names("/kubepods.slice/kubepods-pod" UID_OF_SYSTEMD ".slice/crio-77.scope",
		     "crio-77.scope", "", UID);
	assert_names("/kubepods/besteffort/pod" UID "/77", "", "", UID);
	assert_names("/kubepods/pod00112233445566778899aabbccddeeff/77", "", "",
		     "00112233445566778899aabbccddeeff");
	assert_names("/kubepods.slice/kubepods-besteffort.slice", "", "", "");
	assert_names("/system.slice/pod" UID, "", "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_path),
		cmocka_unit_test(path_among_several),
		cmocka_unit_test(path_that_is_too_long),
		cmocka_unit_test(units),
		cmocka_unit_test(libvirt_domains),
		cmocka_unit_test(pods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

// SPDX-License-Identifier: GPL-2.0-only
/*
 * The switch behind leak_inject.h; see there.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>

static char vfio_leak_name[16];
static unsigned int vfio_leak_left;
static DEFINE_SPINLOCK(vfio_leak_lock);

bool vfio_should_leak(const char *leak)
{
	bool leaks;

	spin_lock(&vfio_leak_lock);
	leaks = vfio_leak_left && !strcmp(vfio_leak_name, leak);
	if (leaks)
		vfio_leak_left--;
	spin_unlock(&vfio_leak_lock);
	return leaks;
}
EXPORT_SYMBOL_GPL(vfio_should_leak);

static int vfio_leak_set(const char *value, const struct kernel_param *param)
{
	char name[sizeof(vfio_leak_name)] = "";
	unsigned int left = 1;

	if (!value || sscanf(value, "%15s %u", name, &left) < 1)
		return -EINVAL;
	spin_lock(&vfio_leak_lock);
	memcpy(vfio_leak_name, name, sizeof(name));
	vfio_leak_left = left;
	spin_unlock(&vfio_leak_lock);
	return 0;
}

static int vfio_leak_get(char *buffer, const struct kernel_param *param)
{
	int len;

	spin_lock(&vfio_leak_lock);
	len = sysfs_emit(buffer, "%s %u\n", vfio_leak_name, vfio_leak_left);
	spin_unlock(&vfio_leak_lock);
	return len;
}

static const struct kernel_param_ops vfio_leak_ops = {
	.set = vfio_leak_set,
	.get = vfio_leak_get,
};
module_param_cb(leak, &vfio_leak_ops, NULL, 0600);
MODULE_PARM_DESC(leak, "SWITCH [COUNT]: calls that leak, for tests");

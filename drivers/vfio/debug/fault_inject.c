// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counters behind fault_inject.h; see there.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#define VFIO_INJECTIONS_MAX    2
#define VFIO_FUNCTION_NAME_LEN 48

/**
 * struct vfio_injection - a failure to come
 * @left: calls until it happens; 0 when it has, or there is none
 * @only: the function that counts; empty for all
 * @failed: the function that failed, "-" while none did
 */
struct vfio_injection {
	unsigned int left;
	char only[VFIO_FUNCTION_NAME_LEN];
	const char *failed;
};

static struct vfio_injection vfio_injections[VFIO_INJECTIONS_MAX];
static DEFINE_SPINLOCK(vfio_injections_lock);

bool vfio_should_fail(const char *function)
{
	struct vfio_injection *injection;
	bool fails = false;
	int i;

	spin_lock(&vfio_injections_lock);
	for (i = 0; i < VFIO_INJECTIONS_MAX; i++) {
		injection = &vfio_injections[i];
		if (!injection->left || (*injection->only && strcmp(injection->only, function)))
			continue;
		if (!--injection->left) {
			injection->failed = function;
			fails = true;
		}
	}
	spin_unlock(&vfio_injections_lock);
	return fails;
}
EXPORT_SYMBOL_GPL(vfio_should_fail);

static int vfio_fault_inject_set(const char *value, const struct kernel_param *param)
{
	struct vfio_injection new[VFIO_INJECTIONS_MAX] = {};
	unsigned int i;

	for (i = 0; i < VFIO_INJECTIONS_MAX; i++)
		new[i].failed = "-";
	for (i = 0; value; i++) {
		if (i == VFIO_INJECTIONS_MAX ||
		    sscanf(value, "%u %47[^,\n]", &new[i].left, new[i].only) < 1)
			return -EINVAL;
		value = strchr(value, ',');
		if (value)
			value++;
	}
	spin_lock(&vfio_injections_lock);
	memcpy(vfio_injections, new, sizeof(new));
	spin_unlock(&vfio_injections_lock);
	return 0;
}

static int vfio_fault_inject_get(char *buffer, const struct kernel_param *param)
{
	int len = 0, i;

	spin_lock(&vfio_injections_lock);
	for (i = 0; i < VFIO_INJECTIONS_MAX; i++)
		len += sysfs_emit_at(buffer, len, "%u %s\n", vfio_injections[i].left,
				     vfio_injections[i].failed ?: "-");
	spin_unlock(&vfio_injections_lock);
	return len;
}

static const struct kernel_param_ops vfio_fault_inject_ops = {
	.set = vfio_fault_inject_set,
	.get = vfio_fault_inject_get,
};
module_param_cb(fault_inject, &vfio_fault_inject_ops, NULL, 0600);
MODULE_PARM_DESC(fault_inject, "COUNT [FUNCTION][, COUNT [FUNCTION]]: calls that fail, for tests");

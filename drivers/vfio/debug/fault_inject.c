// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counters behind fault_inject.h; see there.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>
#include <linux/wait.h>

#define VFIO_INJECTIONS_MAX    2
#define VFIO_FUNCTION_NAME_LEN 48

/**
 * struct vfio_injection - a failure to come
 * @left: calls until it happens; 0 when it has, or there is none
 * @only: the function that counts; empty for all
 * @waits: the call waits instead of failing
 * @hit: the function that was hit, "-" while none was
 */
struct vfio_injection {
	unsigned int left;
	char only[VFIO_FUNCTION_NAME_LEN];
	bool waits;
	const char *hit;
};

static struct vfio_injection vfio_injections[VFIO_INJECTIONS_MAX];
static DEFINE_SPINLOCK(vfio_injections_lock);

/* How often the parameter was written; calls that wait do so until it changes. */
static unsigned int vfio_injections_written;
static DECLARE_WAIT_QUEUE_HEAD(vfio_injections_queue);

bool vfio_should_fail(const char *function)
{
	struct vfio_injection *injection;
	bool fails = false, waits = false;
	unsigned int written;
	int i;

	spin_lock(&vfio_injections_lock);
	for (i = 0; i < VFIO_INJECTIONS_MAX; i++) {
		injection = &vfio_injections[i];
		if (!injection->left || (*injection->only && strcmp(injection->only, function)))
			continue;
		if (!--injection->left) {
			injection->hit = function;
			fails |= !injection->waits;
			waits |= injection->waits;
		}
	}
	written = vfio_injections_written;
	spin_unlock(&vfio_injections_lock);
	if (waits)
		wait_event_killable(vfio_injections_queue,
				    READ_ONCE(vfio_injections_written) != written);
	return fails;
}
EXPORT_SYMBOL_GPL(vfio_should_fail);

static int vfio_fault_inject_set(const char *value, const struct kernel_param *param)
{
	struct vfio_injection new[VFIO_INJECTIONS_MAX] = {};
	unsigned int i;

	for (i = 0; i < VFIO_INJECTIONS_MAX; i++)
		new[i].hit = "-";
	for (i = 0; value; i++) {
		char action[8] = "";

		if (i == VFIO_INJECTIONS_MAX ||
		    sscanf(value, "%u %47[^ ,\n] %7[^,\n]", &new[i].left, new[i].only, action) < 1)
			return -EINVAL;
		if (*action && strcmp(action, "wait"))
			return -EINVAL;
		new[i].waits = *action;
		value = strchr(value, ',');
		if (value)
			value++;
	}
	spin_lock(&vfio_injections_lock);
	memcpy(vfio_injections, new, sizeof(new));
	WRITE_ONCE(vfio_injections_written, vfio_injections_written + 1);
	spin_unlock(&vfio_injections_lock);
	wake_up_all(&vfio_injections_queue);
	return 0;
}

static int vfio_fault_inject_get(char *buffer, const struct kernel_param *param)
{
	int len = 0, i;

	spin_lock(&vfio_injections_lock);
	for (i = 0; i < VFIO_INJECTIONS_MAX; i++)
		len += sysfs_emit_at(buffer, len, "%u %s\n", vfio_injections[i].left,
				     vfio_injections[i].hit ?: "-");
	spin_unlock(&vfio_injections_lock);
	return len;
}

static const struct kernel_param_ops vfio_fault_inject_ops = {
	.set = vfio_fault_inject_set,
	.get = vfio_fault_inject_get,
};
module_param_cb(fault_inject, &vfio_fault_inject_ops, NULL, 0600);
MODULE_PARM_DESC(fault_inject, "COUNT [FUNCTION][, COUNT [FUNCTION]]: calls that fail, for tests");

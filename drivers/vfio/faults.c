// SPDX-License-Identifier: GPL-2.0-only
/*
 * The counters behind faults.h; see there.
 */
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/sysfs.h>

#define VFIO_FAULTS_MAX	    2
#define VFIO_FAULT_NAME_LEN 48

/**
 * struct vfio_fault - a failure to come
 * @left: calls until it happens; 0 when it has, or there is none
 * @only: the function that counts; empty for all
 * @failed: the function that failed, "-" while none did
 */
struct vfio_fault {
	unsigned int left;
	char only[VFIO_FAULT_NAME_LEN];
	const char *failed;
};

static struct vfio_fault vfio_faults[VFIO_FAULTS_MAX];
static DEFINE_SPINLOCK(vfio_faults_lock);

bool vfio_fault(const char *function)
{
	struct vfio_fault *fault;
	bool fails = false;

	spin_lock(&vfio_faults_lock);
	for (fault = vfio_faults; fault < vfio_faults + VFIO_FAULTS_MAX; fault++) {
		if (!fault->left || (*fault->only && strcmp(fault->only, function)))
			continue;
		if (!--fault->left) {
			fault->failed = function;
			fails = true;
		}
	}
	spin_unlock(&vfio_faults_lock);
	return fails;
}
EXPORT_SYMBOL_GPL(vfio_fault);

static int vfio_faults_set(const char *value, const struct kernel_param *param)
{
	struct vfio_fault new[VFIO_FAULTS_MAX] = {};
	unsigned int i;

	for (i = 0; i < VFIO_FAULTS_MAX; i++)
		new[i].failed = "-";
	for (i = 0; value; i++) {
		if (i == VFIO_FAULTS_MAX ||
		    sscanf(value, "%u %47[^,\n]", &new[i].left, new[i].only) < 1)
			return -EINVAL;
		value = strchr(value, ',');
		if (value)
			value++;
	}
	spin_lock(&vfio_faults_lock);
	memcpy(vfio_faults, new, sizeof(new));
	spin_unlock(&vfio_faults_lock);
	return 0;
}

static int vfio_faults_get(char *buffer, const struct kernel_param *param)
{
	int len = 0, i;

	spin_lock(&vfio_faults_lock);
	for (i = 0; i < VFIO_FAULTS_MAX; i++)
		len += sysfs_emit_at(buffer, len, "%u %s\n", vfio_faults[i].left,
				     vfio_faults[i].failed ?: "-");
	spin_unlock(&vfio_faults_lock);
	return len;
}

static const struct kernel_param_ops vfio_faults_ops = {
	.set = vfio_faults_set,
	.get = vfio_faults_get,
};
module_param_cb(faults, &vfio_faults_ops, NULL, 0600);
MODULE_PARM_DESC(faults, "COUNT [FUNCTION][, COUNT [FUNCTION]]: calls that fail, for tests");

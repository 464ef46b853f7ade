// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is pinned and locked, cheap enough to be asked for after every call: /dev/vfio-test-ledger.
 *
 * A read gives two numbers of 64 bits: pages that are pinned, of all processes, and pages that the
 * reader's process has locked. /proc/vmstat and /proc/self/status have them, too, but make
 * hundreds of lines of text of everything else. While a CPU adds up what it has counted, that is
 * missing in the first number.
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

static long ledger_count(enum node_stat_item item)
{
	long count = 0;
	int node, cpu;

	for_each_online_node(node) {
		pg_data_t *pgdat = NODE_DATA(node);

		count += atomic_long_read(&pgdat->vm_stat[item]);
		for_each_online_cpu(cpu) {
			struct per_cpu_nodestat *stats = per_cpu_ptr(pgdat->per_cpu_nodestats, cpu);

			count += READ_ONCE(stats->vm_node_stat_diff[item]);
		}
	}
	return count;
}

static ssize_t ledger_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	s64 ledger[] = {
		ledger_count(NR_FOLL_PIN_ACQUIRED) - ledger_count(NR_FOLL_PIN_RELEASED),
		READ_ONCE(current->mm->locked_vm),
	};

	if (count != sizeof(ledger))
		return -EINVAL;
	return copy_to_user(buf, ledger, sizeof(ledger)) ? -EFAULT : sizeof(ledger);
}

static const struct file_operations ledger_fops = {
	.owner = THIS_MODULE,
	.read = ledger_read,
};

static struct miscdevice ledger_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vfio-test-ledger",
	.fops = &ledger_fops,
	.mode = 0600,
};

module_misc_device(ledger_misc);

MODULE_DESCRIPTION("Counts pinned and locked pages, for tests");
MODULE_AUTHOR("The vfiotop authors");
MODULE_LICENSE("GPL");

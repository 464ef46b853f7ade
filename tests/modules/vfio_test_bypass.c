// SPDX-License-Identifier: GPL-2.0-only
/*
 * A consumer of interrupts, for tests: asks by eventfd, as KVM does, for the
 * interrupts of devices, but leaves them where they are.
 *
 * Every open of /dev/vfio-test-bypass is one consumer at most. Written to it is the
 * number of the eventfd; what is read is the number of the interrupt that is behind
 * the eventfd at this moment, or 0. A close ends the consumer.
 */
#include <linux/eventfd.h>
#include <linux/fs.h>
#include <linux/irqbypass.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "compat.h"

/**
 * struct vfio_test_listener - one open of the device
 * @consumer: registered while there is @eventfd
 * @eventfd: referenced
 * @irq: of the producer that it is connected with, or 0
 */
struct vfio_test_listener {
	struct irq_bypass_consumer consumer;
	struct eventfd_ctx *eventfd;
	int irq;
};

static int vfio_test_add(struct irq_bypass_consumer *consumer, struct irq_bypass_producer *producer)
{
	struct vfio_test_listener *listener =
		container_of(consumer, struct vfio_test_listener, consumer);

	WRITE_ONCE(listener->irq, producer->irq);
	return 0;
}

static void vfio_test_del(struct irq_bypass_consumer *consumer,
			  struct irq_bypass_producer *producer)
{
	struct vfio_test_listener *listener =
		container_of(consumer, struct vfio_test_listener, consumer);

	WRITE_ONCE(listener->irq, 0);
}

static ssize_t vfio_test_write(struct file *file, const char __user *buf, size_t count,
			       loff_t *ppos)
{
	struct vfio_test_listener *listener = file->private_data;
	struct eventfd_ctx *ctx;
	int fd, ret;

	ret = kstrtoint_from_user(buf, count, 10, &fd);
	if (ret)
		return ret;
	if (listener->eventfd)
		return -EBUSY;
	ctx = eventfd_ctx_fdget(fd);
	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	ret = compat_irq_bypass_register_consumer(&listener->consumer, ctx);
	if (ret) {
		eventfd_ctx_put(ctx);
		return ret;
	}
	listener->eventfd = ctx;
	return count;
}

static ssize_t vfio_test_read(struct file *file, char __user *buf, size_t count, loff_t *ppos)
{
	struct vfio_test_listener *listener = file->private_data;
	char line[16];
	int len = scnprintf(line, sizeof(line), "%d\n", READ_ONCE(listener->irq));

	return simple_read_from_buffer(buf, count, ppos, line, len);
}

static int vfio_test_open(struct inode *inode, struct file *file)
{
	struct vfio_test_listener *listener = kzalloc(sizeof(*listener), GFP_KERNEL);

	if (!listener)
		return -ENOMEM;
	listener->consumer.add_producer = vfio_test_add;
	listener->consumer.del_producer = vfio_test_del;
	file->private_data = listener;
	return 0;
}

static int vfio_test_release(struct inode *inode, struct file *file)
{
	struct vfio_test_listener *listener = file->private_data;

	if (listener->eventfd) {
		irq_bypass_unregister_consumer(&listener->consumer);
		eventfd_ctx_put(listener->eventfd);
	}
	kfree(listener);
	return 0;
}

static const struct file_operations vfio_test_fops = {
	.owner = THIS_MODULE,
	.open = vfio_test_open,
	.release = vfio_test_release,
	.read = vfio_test_read,
	.write = vfio_test_write,
};

static struct miscdevice vfio_test_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vfio-test-bypass",
	.fops = &vfio_test_fops,
	.mode = 0600,
};
module_misc_device(vfio_test_misc);

MODULE_DESCRIPTION("Consumer of interrupts that go by eventfd, for tests");
MODULE_LICENSE("GPL");

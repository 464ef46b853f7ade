// SPDX-License-Identifier: GPL-2.0-only
/*
 * A user of iommufd in the kernel, for tests: it pins pages of an IOAS and reads them, as a
 * driver of an emulated device does.
 *
 * Every open of /dev/vfio-test-access has at most one access. Written to it:
 *
 *   attach FD IOAS	to an IOAS of the context behind FD
 *   pin IOVA SIZE	pin a range, one at a time
 *   unpin		unpin it
 *   read IOVA SIZE	read a range of at most a page
 *
 * What is unmapped is unpinned at once. A close ends everything.
 */
#include <linux/fs.h>
#include <linux/iommufd.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#define VFIO_TEST_LINE_MAX 64
#define VFIO_TEST_PAGES	   512

/**
 * struct vfio_test_access - one open of the device
 * @lock: protects the range
 * @access: what iommufd gave, or NULL
 * @iova: start of the range that is pinned
 * @size: its bytes, 0 when there is none
 * @pages: its pages
 */
struct vfio_test_access {
	struct mutex lock;
	struct iommufd_access *access;
	unsigned long iova;
	unsigned long size;
	struct page *pages[VFIO_TEST_PAGES];
};

static int vfio_test_unpin(struct vfio_test_access *test)
{
	int ret = -ENOENT;

	mutex_lock(&test->lock);
	if (test->size) {
		iommufd_access_unpin_pages(test->access, test->iova, test->size);
		test->size = 0;
		ret = 0;
	}
	mutex_unlock(&test->lock);
	return ret;
}

static void vfio_test_unmap(void *data, unsigned long iova, unsigned long length)
{
	vfio_test_unpin(data);
}

static const struct iommufd_access_ops vfio_test_ops = {
	.needs_pin_pages = 1,
	.unmap = vfio_test_unmap,
};

static int vfio_test_attach(struct vfio_test_access *test, int fd, u32 ioas)
{
	struct iommufd_access *access;
	struct iommufd_ctx *context;
	u32 id;
	int ret;

	if (test->access)
		return -EBUSY;
	context = iommufd_ctx_from_fd(fd);
	if (IS_ERR(context))
		return PTR_ERR(context);
	access = iommufd_access_create(context, &vfio_test_ops, test, &id);
	iommufd_ctx_put(context);
	if (IS_ERR(access))
		return PTR_ERR(access);
	ret = iommufd_access_attach(access, ioas);
	if (ret)
		iommufd_access_destroy(access);
	else
		test->access = access;
	return ret;
}

static int vfio_test_pin(struct vfio_test_access *test, unsigned long iova, unsigned long size)
{
	int ret = -EBUSY;

	if (!test->access || !size || size > VFIO_TEST_PAGES * PAGE_SIZE)
		return -EINVAL;
	mutex_lock(&test->lock);
	if (!test->size) {
		ret = iommufd_access_pin_pages(test->access, iova, size, test->pages,
					       IOMMUFD_ACCESS_RW_WRITE);
		test->iova = iova;
		test->size = ret ? 0 : size;
	}
	mutex_unlock(&test->lock);
	return ret;
}

static int vfio_test_read(struct vfio_test_access *test, unsigned long iova, unsigned long size)
{
	void *data;
	int ret;

	if (!test->access || size > PAGE_SIZE)
		return -EINVAL;
	data = kzalloc(PAGE_SIZE, GFP_KERNEL);
	if (!data)
		return -ENOMEM;
	ret = iommufd_access_rw(test->access, iova, data, size, IOMMUFD_ACCESS_RW_READ);
	kfree(data);
	return ret;
}

static int vfio_test_command(struct vfio_test_access *test, const char *line)
{
	unsigned long iova, size;
	u32 ioas;
	int fd;

	if (sscanf(line, "attach %d %u", &fd, &ioas) == 2)
		return vfio_test_attach(test, fd, ioas);
	if (sscanf(line, "pin %lx %lx", &iova, &size) == 2)
		return vfio_test_pin(test, iova, size);
	if (sscanf(line, "read %lx %lx", &iova, &size) == 2)
		return vfio_test_read(test, iova, size);
	if (!strcmp(line, "unpin"))
		return vfio_test_unpin(test);
	return -EINVAL;
}

static ssize_t vfio_test_write(struct file *filep, const char __user *buffer, size_t count,
			       loff_t *offset)
{
	char line[VFIO_TEST_LINE_MAX] = "";
	int ret;

	if (count >= sizeof(line))
		return -EINVAL;
	if (copy_from_user(line, buffer, count))
		return -EFAULT;
	ret = vfio_test_command(filep->private_data, line);
	return ret ? ret : count;
}

static int vfio_test_open(struct inode *inode, struct file *filep)
{
	struct vfio_test_access *test = kzalloc(sizeof(*test), GFP_KERNEL);

	if (!test)
		return -ENOMEM;
	mutex_init(&test->lock);
	filep->private_data = test;
	return 0;
}

static int vfio_test_release(struct inode *inode, struct file *filep)
{
	struct vfio_test_access *test = filep->private_data;

	if (test->access) {
		vfio_test_unpin(test);
		iommufd_access_destroy(test->access);
	}
	kfree(test);
	return 0;
}

static const struct file_operations vfio_test_fops = {
	.owner = THIS_MODULE,
	.open = vfio_test_open,
	.release = vfio_test_release,
	.write = vfio_test_write,
};

static struct miscdevice vfio_test_misc = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vfio-test-access",
	.fops = &vfio_test_fops,
};
module_misc_device(vfio_test_misc);

MODULE_INFO(import_ns, "IOMMUFD");
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("User of iommufd in the kernel, for tests");

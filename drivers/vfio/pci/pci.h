/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Inside vfio-pci: one PCI function in the hands of a user.
 *
 * Lock order: config_lock or irq_lock, then memory_lock, then intx.lock.
 * config_lock and irq_lock never nest in each other. The device lock of the
 * driver core comes before all of them; under one of ours it is only tried. The
 * reset of a bus takes the memory_lock of all functions there, in the bus's order.
 * No user memory is touched under memory_lock: a fault on it may need a BAR.
 */
#ifndef VFIO_PCI_H
#define VFIO_PCI_H

#include <linux/bitops.h>
#include <linux/irqbypass.h>
#include <linux/lockdep.h>
#include <linux/mutex.h>
#include <linux/pci.h>
#include <linux/pm_runtime.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>

#include "../vfio.h"

struct eventfd_ctx;
struct inode;
struct vfio_pci_config;
struct vfio_pci_listener;
struct vm_area_struct;

/* The device fd's offset is a region's index and an offset in that region. */
#define VFIO_PCI_OFFSET_SHIFT 40
#define VFIO_PCI_OFFSET_MASK  GENMASK_ULL(VFIO_PCI_OFFSET_SHIFT - 1, 0)

#define VFIO_PCI_INDEX(pos)    ((u64)(pos) >> VFIO_PCI_OFFSET_SHIFT)
#define VFIO_PCI_OFFSET(pos)   ((u64)(pos)&VFIO_PCI_OFFSET_MASK)
#define VFIO_PCI_REGION(index) ((u64)(index) << VFIO_PCI_OFFSET_SHIFT)

/* Legacy ranges of a VGA device: memory, and twice ports. */
#define VFIO_PCI_VGA_RANGES 3

/* No interrupt index is enabled. */
#define VFIO_PCI_IRQ_NONE VFIO_PCI_NUM_IRQS

/**
 * struct vfio_pci_bar - a BAR, or a legacy range, while the device is open
 * @size: bytes; 0 when the BAR is absent or could not be claimed
 * @io: for read and write, mapped at the first of them; under memory_lock
 * @ports: I/O ports, not memory
 * @mappable: whole pages of memory, which nobody else has a part of
 */
struct vfio_pci_bar {
	u64 size;
	void __iomem *io;
	bool ports;
	bool mappable;
};

/**
 * struct vfio_pci_intx - the legacy interrupt
 * @lock: protects the rest, and our changes of the hardware's command register,
 *	since INTX_DISABLE is in it; those of the PCI core are made while INTx is
 *	frozen or has no handler
 * @trigger: signalled at an interrupt
 * @name: of the handler, in /proc/interrupts
 * @unmasker: eventfd by which the user unmasks, or NULL; under irq_lock
 * @enabled: a handler is registered
 * @masked: by the user, or since an interrupt was signalled
 * @gated: the user set INTX_DISABLE in the command register, as he sees it; the
 *	device's own bit is ours
 * @frozen: the device is being reset
 * @line_on: the device, or the interrupt controller, lets the interrupt through
 * @own_line: the device cannot mask INTx, so we mask the line, which cannot be shared
 *	then; fixed while open
 * @pin: which of its interrupt pins the device uses; 0: none
 */
struct vfio_pci_intx {
	spinlock_t lock;
	struct eventfd_ctx *trigger;
	const char *name;
	struct vfio_pci_listener *unmasker;
	bool enabled;
	bool masked;
	bool gated;
	bool frozen;
	bool line_on;
	bool own_line;
	u8 pin;
};

/**
 * struct vfio_pci_vector - one MSI or MSI-X vector
 * @trigger: signalled at an interrupt; NULL while nobody listens
 * @name: of the handler, in /proc/interrupts; NULL while there is none
 * @offered: @producer is registered
 * @producer: lets KVM find the interrupt behind @trigger and deliver it directly
 */
struct vfio_pci_vector {
	struct eventfd_ctx *trigger;
	const char *name;
	bool offered;
	struct irq_bypass_producer producer;
};

/**
 * struct vfio_pci_device - a PCI function bound to this driver
 * @pdev: the function
 * @removing: remove() runs, and holds the device lock until the user is gone
 * @resettable: the PCI core knows a way to reset this function alone
 * @in_use: from before it is opened until after it is closed
 * @in_reset: the reset of its slot or bus goes on
 * @needs_reset: it was closed and could not be reset alone
 * @needed_reset: the same when the reset of its slot or bus began; a device in use can
 *	be closed, and need another one, before that reset has ended
 * @saved: PCI state as it was given to us, renewed when it is opened
 * @inode: all mappings of BARs hang on it
 * @bars: BARs by region index
 * @vga: legacy ranges of a VGA device
 * @rom_seen: @rom_images is known; both under memory_lock
 * @rom_images: bytes of the ROM that are images
 * @memory_lock: held for reading by every access to a BAR and by every fault
 *	that maps one; for writing by whatever makes BARs inaccessible or needs
 *	them quiet. Protects @open, @command, @low_power,
 *	@may_suspend, @suspended, @wakeup and @lost
 * @memory_lock_class: for lockdep, which would take those of two functions for one
 * @open: a user has the device
 * @command: I/O, memory and bus master bits of the command register, as the
 *	user wants them
 * @low_power: the user put the device in a power state other than D0
 * @may_suspend: the user allowed that the open device is suspended
 * @suspended: that is the case
 * @wakeup: signalled when the device is no longer suspended, or NULL
 * @lost: the device is cut off after a fatal error, or has forgotten its set-up,
 *	and recovery has not come to its end
 * @config_lock: serialises the user's accesses to config space
 * @config: what the user sees of it
 * @irq_lock: serialises the set-up of interrupts
 * @irq_counts: interrupts that the device has, by VFIO index; fixed while open
 * @irq_index: VFIO index of the enabled interrupts, or VFIO_PCI_IRQ_NONE
 * @msix_grows: MSI-X vectors can be added while others are in use
 * @intx: the legacy interrupt
 * @vectors: MSI or MSI-X vectors
 * @vector_count: how many there are, or may be when more can be added
 * @err_trigger: signalled when the device reports an uncorrectable error
 * @req_trigger: signalled when the kernel wants the device back
 * @ioevents: eventfds that write to the device, under @irq_lock
 * @ioevent_count: how many there are
 */
struct vfio_pci_device {
	struct pci_dev *pdev;
	bool removing;
	bool resettable;
	bool in_use;
	bool in_reset;
	bool needs_reset;
	bool needed_reset;
	struct pci_saved_state *saved;

	struct inode *inode;
	struct vfio_pci_bar bars[PCI_STD_NUM_BARS];
	struct vfio_pci_bar vga[VFIO_PCI_VGA_RANGES];
	bool rom_seen;
	size_t rom_images;
	struct rw_semaphore memory_lock;
	struct lock_class_key memory_lock_class;
	bool open;
	u16 command;
	bool low_power;
	bool may_suspend;
	bool suspended;
	struct eventfd_ctx *wakeup;
	bool lost;

	struct mutex config_lock;
	struct vfio_pci_config *config;

	struct mutex irq_lock;
	unsigned int irq_counts[VFIO_PCI_NUM_IRQS];
	unsigned int irq_index;
	bool msix_grows;
	struct vfio_pci_intx intx;
	struct vfio_pci_vector *vectors;
	unsigned int vector_count;
	struct eventfd_ctx *err_trigger;
	struct eventfd_ctx *req_trigger;
	struct list_head ioevents;
	unsigned int ioevent_count;
};

/* Each file calls only those above it. */

/* atomics.c */
u32 vfio_pci_atomic_completion(struct pci_dev *pdev);

/* bars.c */
int vfio_pci_bars_module_init(void);
void vfio_pci_bars_module_exit(void);
struct inode *vfio_pci_bars_alloc_inode(void);
int vfio_pci_bars_evict(struct pci_dev *pdev);
void vfio_pci_bars_claim(struct vfio_pci_device *vdev);
void vfio_pci_bars_release(struct vfio_pci_device *vdev);
typedef int (*vfio_pci_access_t)(struct vfio_pci_device *vdev, struct vfio_pci_bar *bar, u64 pos,
				 unsigned int width, u64 *val, bool write);
void vfio_pci_io(void __iomem *io, unsigned int width, u64 *val, bool write);
ssize_t vfio_pci_io_rw(struct vfio_pci_device *vdev, struct vfio_pci_bar *bar,
		       vfio_pci_access_t access, char __user *buf, size_t count, u64 pos,
		       bool write);
u64 vfio_pci_rom_size(const struct vfio_pci_device *vdev);
ssize_t vfio_pci_bar_rw(struct vfio_pci_device *vdev, unsigned int index, char __user *buf,
			size_t count, u64 pos, bool write);
ssize_t vfio_pci_rom_read(struct vfio_pci_device *vdev, char __user *buf, size_t count, u64 pos);
int vfio_pci_bar_mmap(struct vfio_pci_device *vdev, struct vm_area_struct *vma);
void vfio_pci_zap(struct vfio_pci_device *vdev);
int vfio_pci_bar_write(struct vfio_pci_device *vdev, unsigned int index, u64 pos,
		       unsigned int width, u64 val);

/* command.c */
void vfio_pci_command_apply(struct vfio_pci_device *vdev);
void vfio_pci_decode_on(struct vfio_pci_device *vdev);
void vfio_pci_set_command(struct vfio_pci_device *vdev, u16 command);

/* eventfds.c */
struct vfio_pci_listener *vfio_pci_listen(int fd, void (*call)(void *data), void *data);
void vfio_pci_unlisten(struct vfio_pci_listener *listener);
long vfio_pci_ioeventfd(struct vfio_pci_device *vdev, const struct vfio_device_ioeventfd *io);
void vfio_pci_ioeventfds_release(struct vfio_pci_device *vdev);

/* interrupts.c */
void vfio_pci_irqs_init(struct vfio_pci_device *vdev);
int vfio_pci_set_irqs(struct vfio_pci_device *vdev, const struct vfio_irq_set *set,
		      const void *data);
void vfio_pci_irqs_release(struct vfio_pci_device *vdev);
void vfio_pci_intx_off(struct vfio_pci_device *vdev);
void vfio_pci_intx_gate(struct vfio_pci_device *vdev, bool gated);
void vfio_pci_intx_freeze(struct vfio_pci_device *vdev, bool frozen);
void vfio_pci_request(struct vfio_pci_device *vdev, unsigned int count);
void vfio_pci_report_error(struct vfio_pci_device *vdev);

/* power.c */
int vfio_pci_save(struct vfio_pci_device *vdev);
void vfio_pci_restore(struct vfio_pci_device *vdev);
bool vfio_pci_is_present(struct vfio_pci_device *vdev);
int vfio_pci_reset_function(struct vfio_pci_device *vdev);
void vfio_pci_quiesce(struct vfio_pci_device *vdev);
void vfio_pci_resume(struct vfio_pci_device *vdev);
void vfio_pci_leave_low_power(struct vfio_pci_device *vdev);
void vfio_pci_set_power(struct vfio_pci_device *vdev, pci_power_t state);

/* vga.c */
void vfio_pci_vga_init(struct vfio_pci_device *vdev);
void vfio_pci_vga_exit(struct vfio_pci_device *vdev);
void vfio_pci_vga_claim(struct vfio_pci_device *vdev);
void vfio_pci_vga_release(struct vfio_pci_device *vdev);
u64 vfio_pci_vga_size(const struct vfio_pci_device *vdev);
ssize_t vfio_pci_vga_rw(struct vfio_pci_device *vdev, char __user *buf, size_t count, u64 pos,
			bool write);

/* runtime_pm.c */
extern const struct dev_pm_ops vfio_pci_pm_ops;
void vfio_pci_stay_awake(struct vfio_pci_device *vdev);
long vfio_pci_feature(struct vfio_pci_device *vdev, void __user *arg);

/* config.c */
int vfio_pci_config_init(struct vfio_pci_device *vdev);
void vfio_pci_config_free(struct vfio_pci_device *vdev);
ssize_t vfio_pci_config_rw(struct vfio_pci_device *vdev, char __user *buf, size_t count, u64 pos,
			   bool write);

/* recovery.c */
extern const struct pci_error_handlers vfio_pci_error_handlers;

/* hot_reset.c */
long vfio_pci_hot_reset_info(struct vfio_pci_device *vdev, void __user *arg);
long vfio_pci_hot_reset(struct vfio_pci_device *vdev, void __user *arg);
int vfio_pci_begin_use(struct vfio_pci_device *vdev);
int vfio_pci_reset_at_open(struct vfio_pci_device *vdev);
void vfio_pci_reset_at_close(struct vfio_pci_device *vdev);
void vfio_pci_end_use(struct vfio_pci_device *vdev);

/**
 * vfio_pci_begin_access() - the device is in runtime use for an access by its user
 * @vdev: the device
 *
 * Return: 0 or a negative errno.
 */
static inline int vfio_pci_begin_access(struct vfio_pci_device *vdev)
{
	return pm_runtime_resume_and_get(&vdev->pdev->dev);
}

/**
 * vfio_pci_end_access() - undo vfio_pci_begin_access()
 * @vdev: the device
 */
static inline void vfio_pci_end_access(struct vfio_pci_device *vdev)
{
	pm_runtime_put(&vdev->pdev->dev);
}

/* The device is in D0 and its command register is what we made it; memory_lock is held. */
static inline bool vfio_pci_active(const struct vfio_pci_device *vdev)
{
	return !vdev->low_power && !vdev->lost;
}

/* The BARs of this kind answer; memory_lock is held. */
static inline bool vfio_pci_decodes(const struct vfio_pci_device *vdev, bool ports)
{
	return vdev->open && vfio_pci_active(vdev) &&
	       (vdev->command & (ports ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY));
}

#endif /* VFIO_PCI_H */

// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rows P1, P5 and P6: accesses to BARs of every width and by every way, while they
 * are on and while they are off.
 *
 * BAR 2 of an ivshmem device is memory, which keeps what is written to it.
 */

#include <errno.h>
#include <linux/pci_regs.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "pci_user.h"

#define BAR2 VFIO_PCI_BAR2_REGION_INDEX

#define PIECE 32

static struct vfio_region_info need_region(int device, uint32_t index)
{
	struct vfio_region_info info;

	need(!vu_region_info(device, index, &info), "P1: region %u", index);
	return info;
}

static void fill(uint8_t *buf, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++)
		buf[i] = random();
}

/* --- Memory that may fault ---------------------------------------------------------- */

static sigjmp_buf fault;

static void on_fault(int signal)
{
	siglongjmp(fault, signal);
}

/* The signal that a read of the address gives, or 0. */
static int touch(const volatile void *addr)
{
	struct sigaction old, action = { .sa_handler = on_fault };
	int signal;

	sigaction(SIGBUS, &action, &old);
	signal = sigsetjmp(fault, 1);
	if (!signal)
		(void)*(const volatile uint32_t *)addr;
	sigaction(SIGBUS, &old, NULL);
	return signal;
}

/* --- Read and write ----------------------------------------------------------------- */

static void widths(int device, const volatile uint8_t *memory)
{
	uint8_t want[PIECE], out[PIECE], in[PIECE + 1];
	unsigned int width, offset;

	for (width = 1; width <= 17; width++) {
		for (offset = 0; offset + width <= PIECE; offset++) {
			fill(want, sizeof(want));
			memcpy((void *)memory, want, sizeof(want));
			fill(out, sizeof(out));
			if (pci_write(device, BAR2, offset, out, width) != width)
				break;
			memcpy(want + offset, out, width);
			if (memcmp((const void *)memory, want, sizeof(want)))
				break;
			memset(in, 0x5a, sizeof(in));
			if (pci_read(device, BAR2, offset, in, width) != width ||
			    memcmp(in, out, width) || in[width] != 0x5a)
				break;
		}
		is(offset + width, PIECE + 1,
		   "P1: writes and reads of %u bytes hit just those, at every offset", width);
	}
}

static void end_of_bar(int device, uint64_t size)
{
	uint8_t want[8], out[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, in[8] = { 0 };
	int64_t done;
	unsigned int i;

	for (i = 1; i < 8; i++) {
		done = pci_write(device, BAR2, size - i, out, 8);
		if (done != i)
			break;
		memset(in, 0, sizeof(in));
		memset(want, 0, sizeof(want));
		memcpy(want, out, i);
		if (pci_read(device, BAR2, size - i, in, 8) != i || memcmp(in, want, 8))
			break;
	}
	is(i, 8, "P1: accesses across the end of the BAR stop there");
	returns(pci_read(device, BAR2, size, in, 8), -EINVAL, "P1: a read behind it is refused");
	returns(pci_write(device, BAR2, size, out, 8), -EINVAL, "P1: and a write");
	returns(pci_read(device, BAR2, (1ULL << 40) - 8, in, 8), -EINVAL,
		"P1: so is a read at the region's last offset");
	is(pci_read(device, BAR2, 0, in, 0), 0, "P1: a read of nothing");
}

/* --- A signal that is pending when a read begins ------------------------------------------- */

/**
 * struct interrupted - a read by a child
 * @device: fd
 * @region: its region
 * @pos: where in it
 * @size: bytes
 */
struct interrupted {
	int device;
	uint32_t region;
	uint64_t pos;
	size_t size;
};

static void on_signal(int signal)
{
	(void)signal;
}

static int read_traced(const void *arg)
{
	const struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_RESTART };
	const struct interrupted *i = arg;
	uint8_t buf[SZ_4K];

	sigaction(SIGUSR1, &action, NULL);
	if (ptrace(PTRACE_TRACEME) || raise(SIGSTOP))
		return 1;
	return pci_read(i->device, i->region, i->pos, buf, i->size) < 0;
}

/* Lets a traced child go on until it enters or leaves a system call. */
static void to_system_call(pid_t child, struct __ptrace_syscall_info *info, uint8_t op)
{
	int status;

	do {
		need(!ptrace(PTRACE_SYSCALL, child, NULL, NULL) &&
			     waitpid(child, &status, 0) == child && WIFSTOPPED(status) &&
			     ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(*info), info) > 0,
		     "trace a child");
	} while (info->op != op);
}

/* What a read returns that begins with a signal pending. */
static int64_t read_interrupted(const struct interrupted *i)
{
	pid_t child = spawn(read_traced, i);
	struct __ptrace_syscall_info info;
	int status;

	need(waitpid(child, &status, 0) == child && WIFSTOPPED(status) &&
		     !ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD),
	     "stop a child");
	do
		to_system_call(child, &info, PTRACE_SYSCALL_INFO_ENTRY);
	while (info.entry.nr != SYS_pread64);
	need(!kill(child, SIGUSR1), "kill");
	to_system_call(child, &info, PTRACE_SYSCALL_INFO_EXIT);
	need(!ptrace(PTRACE_DETACH, child, NULL, SIGKILL), "let go of a child");
	status_of(child);
	return info.exit.rval;
}

/* --- mmap ----------------------------------------------------------------------------- */

static int64_t try_map(int device, size_t size, int prot, int flags, uint64_t offset)
{
	void *addr = mmap(NULL, size, prot, flags, device, offset);

	if (addr == MAP_FAILED)
		return -errno;
	munmap(addr, size);
	return 0;
}

static void map_ranges(int device, const struct vfio_region_info *bar)
{
	const int rw = PROT_READ | PROT_WRITE;
	const uint64_t end = bar->offset + bar->size;

	returns(try_map(device, bar->size, rw, MAP_SHARED, bar->offset), 0, "P1: map all of a BAR");
	returns(try_map(device, SZ_4K, rw, MAP_SHARED, end - SZ_4K), 0, "P1: map its last page");
	returns(try_map(device, 1, PROT_READ, MAP_SHARED, end - SZ_4K), 0,
		"P1: a length of a byte is one of a page");
	returns(try_map(device, bar->size + 1, rw, MAP_SHARED, bar->offset), -EINVAL,
		"P1: a byte more than the BAR is refused");
	returns(try_map(device, 2 * SZ_4K, rw, MAP_SHARED, end - SZ_4K), -EINVAL,
		"P1: the last page and the one behind are refused");
	returns(try_map(device, SZ_4K, rw, MAP_SHARED, end), -EINVAL,
		"P1: the page behind the BAR is refused");
	returns(try_map(device, SZ_4K, rw, MAP_SHARED, bar->offset + (1ULL << 40) - SZ_4K), -EINVAL,
		"P1: the region's last page is refused");
	returns(try_map(device, SZ_4K, rw, MAP_SHARED, bar->offset + 1), -EINVAL,
		"P1: an offset within a page is refused");
	returns(try_map(device, SZ_4K, rw, MAP_PRIVATE, bar->offset), -EINVAL,
		"P1: a private mapping is refused");
	ok(try_map(device, SZ_4K, rw, MAP_SHARED, 1ULL << 62) < 0,
	   "P1: an offset beyond all regions is refused");
}

struct inherited {
	int device;
	volatile uint32_t *memory;
	uint32_t want;
};

static int read_inherited(const void *arg)
{
	const struct inherited *i = arg;

	return touch(i->memory) ?: *i->memory != i->want;
}

static void map_games(int device, const struct vfio_region_info *bar)
{
	uint8_t *memory =
		mmap(NULL, SZ_64K, PROT_READ | PROT_WRITE, MAP_SHARED, device, bar->offset);
	struct inherited inherited = { .memory = (void *)(memory + 2 * SZ_4K), .want = 0xfeedface };
	uint32_t value = inherited.want;
	void *grown;

	need(memory != MAP_FAILED, "P1: map a part of a BAR");
	is(pci_write(device, BAR2, 2 * SZ_4K, &value, 4), 4, "P1: write to a mapped BAR");
	is(*inherited.memory, inherited.want, "P1: the mapping shows it");
	munmap(memory + SZ_4K, SZ_4K);
	is(*inherited.memory, inherited.want, "P1: it does with a hole before it");
	grown = mremap(memory + 2 * SZ_4K, SZ_64K - 2 * SZ_4K, 2 * bar->size, MREMAP_MAYMOVE);
	ok(grown == MAP_FAILED, "P1: a mapping does not grow");
	is(status_of(spawn(read_inherited, &inherited)), 0, "P1: a child sees it by inheritance");
	is(mprotect(memory, SZ_4K, PROT_READ), 0, "P1: it can be made read only");
	is(touch(memory), 0, "P1: and be read");
	munmap(memory, SZ_4K);
	munmap(memory + 2 * SZ_4K, SZ_64K - 2 * SZ_4K);
}

/* --- Off ------------------------------------------------------------------------------ */

static void off_and_on(int device, const struct vfio_region_info *bar)
{
	volatile uint32_t *memory =
		mmap(NULL, bar->size, PROT_READ | PROT_WRITE, MAP_SHARED, device, bar->offset);
	volatile uint32_t *late;
	struct inherited inherited = { .memory = memory, .want = 0x600df00d };
	uint32_t value = 0xdeadbeef;
	int round, right = 0;

	need(memory != MAP_FAILED, "P1: map a BAR");
	*memory = inherited.want;
	returns(vu_pci_command(device, 0, PCI_COMMAND_MEMORY), 0, "P5: memory decoding off");
	returns(pci_read(device, BAR2, 0, &value, 4), -EIO, "P5: a read fails");
	returns(pci_write(device, BAR2, 0, &value, 4), -EIO, "P5: a write fails");
	is(touch(memory), SIGBUS, "P5: an access to a page that was mapped gives SIGBUS");
	is(touch(memory + bar->size / 8), SIGBUS, "P5: and to one that was not touched");
	is(status_of(spawn(read_inherited, &inherited)), SIGBUS, "P5: a child gets it too");
	late = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, device, bar->offset);
	if (ok(late != MAP_FAILED, "P5: a BAR that is off can be mapped")) {
		is(touch(late), SIGBUS, "P5: but not be touched");
		munmap((void *)late, SZ_4K);
	}
	returns(vu_pci_command(device, PCI_COMMAND_MEMORY, 0), 0, "P5: memory decoding on");
	is(touch(memory), 0, "P5: the mapping works again");
	is(*memory, inherited.want, "P5: nothing reached the device meanwhile");
	is(pci_get(device, BAR2, 0, 4), inherited.want, "P5: a read works again");

	for (round = 0; round < 50; round++) {
		vu_pci_command(device, 0, PCI_COMMAND_MEMORY);
		right += touch(memory) == SIGBUS;
		vu_pci_command(device, PCI_COMMAND_MEMORY, 0);
		right += touch(memory) == 0;
	}
	is(right, 100, "P5: off and on again, 50 times");
	munmap((void *)memory, bar->size);
}

/* --- Several processes at once ----------------------------------------------------------- */

#define TOUCHERS 2

struct toucher {
	volatile uint32_t *memory;
	int *stop;
};

static int touch_until(const void *arg)
{
	const struct toucher *t = arg;
	int signal;

	while (!*(volatile int *)t->stop) {
		signal = touch(t->memory);
		if (signal && signal != SIGBUS)
			return 1;
		signal = touch(t->memory + SZ_2M / 4);
		if (signal && signal != SIGBUS)
			return 1;
	}
	return 0;
}

static void touched_meanwhile(int device, const struct vfio_region_info *bar)
{
	struct toucher t = {
		.memory = mmap(NULL, bar->size, PROT_READ, MAP_SHARED, device, bar->offset),
		.stop = mmap(NULL, SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
			     0),
	};
	pid_t children[TOUCHERS];
	int i, right = 0, good = 0;

	need(t.memory != MAP_FAILED && t.stop != MAP_FAILED, "mmap");
	for (i = 0; i < TOUCHERS; i++)
		children[i] = spawn(touch_until, &t);
	for (i = 0; i < 100; i++) {
		vu_pci_command(device, 0, PCI_COMMAND_MEMORY);
		right += touch(t.memory) == SIGBUS;
		vu_pci_command(device, PCI_COMMAND_MEMORY, 0);
		right += touch(t.memory) == 0;
	}
	*(volatile int *)t.stop = 1;
	for (i = 0; i < TOUCHERS; i++)
		good += status_of(children[i]) == 0;
	is(right, 200, "P5: off is off while other processes touch the BAR all the time");
	is(good, TOUCHERS, "P5: they get nothing worse than SIGBUS");
	munmap((void *)t.memory, bar->size);
	munmap(t.stop, SZ_4K);
}

void check_bars(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vfio_region_info bar = need_region(u.device, BAR2);
	void *memory;

	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0), "P1: turn on the BAR");
	memory = mmap(NULL, SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, u.device, bar.offset);
	need(memory != MAP_FAILED, "P1: map a page of BAR 2");
	srandom(1);
	widths(u.device, memory);
	munmap(memory, SZ_4K);
	end_of_bar(u.device, bar.size);
	is(read_interrupted(&(struct interrupted){ u.device, BAR2, 1, 15 }), 15,
	   "P1: a short read of several accesses is not cut by a signal");
	map_ranges(u.device, &bar);
	map_games(u.device, &bar);
	off_and_on(u.device, &bar);
	touched_meanwhile(u.device, &bar);

	memory = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, u.device, bar.offset);
	need(memory != MAP_FAILED, "P1: map a page of BAR 2");
	vu_close(&u);
	is(touch(memory), 0, "P1: a mapping keeps the device open");
	munmap(memory, SZ_4K);
	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	vu_close(&u);
}

/* --- I/O ports and ROM, of an e1000e ------------------------------------------------------- */

#define E1000E_STATUS 0x8
#define E1000E_IOADDR 0
#define E1000E_IODATA 4

void check_ports(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vfio_region_info bar = need_region(u.device, BAR2);
	uint32_t status, value;

	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY | PCI_COMMAND_IO, 0), "P1: BARs");
	is(bar.flags & (VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE |
			VFIO_REGION_INFO_FLAG_MMAP),
	   VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE,
	   "P1: I/O ports can be read and written, not mapped");
	returns(try_map(u.device, SZ_4K, PROT_READ, MAP_SHARED, bar.offset), -EINVAL,
		"P1: to map them is refused");
	status = pci_get(u.device, VFIO_PCI_BAR0_REGION_INDEX, E1000E_STATUS, 4);
	ok(status && ~status, "P1: a register by memory");
	returns(pci_set(u.device, BAR2, E1000E_IOADDR, 4, E1000E_STATUS), 0, "P1: write a port");
	is(pci_get(u.device, BAR2, E1000E_IODATA, 4), status, "P1: the same register by ports");
	returns(vu_pci_command(u.device, 0, PCI_COMMAND_IO), 0, "P5: I/O decoding off");
	if (stock_modules()) {
		skip("the stock driver leaves that to the bus", "P5: accesses fail");
	} else {
		returns(pci_read(u.device, BAR2, E1000E_IODATA, &value, 4), -EIO,
			"P5: a read fails");
		returns(pci_write(u.device, BAR2, E1000E_IOADDR, &value, 4), -EIO,
			"P5: a write fails");
	}
	is(pci_get(u.device, VFIO_PCI_BAR0_REGION_INDEX, E1000E_STATUS, 4), status,
	   "P5: memory is still on");
	returns(vu_pci_command(u.device, PCI_COMMAND_IO, PCI_COMMAND_MEMORY), 0,
		"P5: I/O decoding on, memory off");
	is(pci_get(u.device, BAR2, E1000E_IODATA, 4), status, "P5: a read works again");
	returns(pci_read(u.device, VFIO_PCI_BAR0_REGION_INDEX, E1000E_STATUS, &value, 4), -EIO,
		"P5: one of memory fails");
	vu_close(&u);
}

/* The image that the machine's e1000e has: see tests/vm/devices.bash. */
#define ROM_SIZE	 SZ_64K
#define ROM_SIGNATURE	 0xaa55
#define ROM_PATTERN_FROM 0x200
#define ROM_PATTERN	 'R'

void check_rom(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vfio_region_info rom = need_region(u.device, VFIO_PCI_ROM_REGION_INDEX);
	uint8_t image[ROM_SIZE] = { 0 }, piece[4];
	unsigned int pos, same;

	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0), "P1: BARs");
	is(rom.size, ROM_SIZE, "P1: the size of the ROM");
	is(rom.flags & (VFIO_REGION_INFO_FLAG_READ | VFIO_REGION_INFO_FLAG_WRITE |
			VFIO_REGION_INFO_FLAG_MMAP),
	   VFIO_REGION_INFO_FLAG_READ, "P1: it can be read");
	for (pos = 0; pos < ROM_SIZE; pos += SZ_4K)
		if (pci_read(u.device, VFIO_PCI_ROM_REGION_INDEX, pos, image + pos, SZ_4K) !=
		    (int64_t)SZ_4K)
			break;
	is(pos, ROM_SIZE, "P1: read all of it");
	is(image[0] | image[1] << 8, ROM_SIGNATURE, "P1: it begins as a ROM does");
	for (pos = ROM_PATTERN_FROM, same = 0; pos < ROM_SIZE; pos++)
		same += image[pos] == ROM_PATTERN;
	is(same, ROM_SIZE - ROM_PATTERN_FROM, "P1: and goes on as this one does");
	is(pci_read(u.device, VFIO_PCI_ROM_REGION_INDEX, ROM_PATTERN_FROM - 1, piece, 3), 3,
	   "P1: read a piece of it");
	ok(!memcmp(piece, image + ROM_PATTERN_FROM - 1, 3), "P1: the piece is the same");
	is(pci_read(u.device, VFIO_PCI_ROM_REGION_INDEX, ROM_SIZE - 2, piece, 4), 2,
	   "P1: a read across its end stops there");
	returns(pci_read(u.device, VFIO_PCI_ROM_REGION_INDEX, ROM_SIZE, piece, 4), -EINVAL,
		"P1: a read behind it is refused");
	is(read_interrupted(&(struct interrupted){ u.device, VFIO_PCI_ROM_REGION_INDEX, 0, SZ_4K }),
	   SZ_4K, "P1: a signal does not make it end early");
	returns(pci_write(u.device, VFIO_PCI_ROM_REGION_INDEX, 0, piece, 4), -EINVAL,
		"P1: a write is refused");
	returns(try_map(u.device, SZ_4K, PROT_READ, MAP_SHARED, rom.offset), -EINVAL,
		"P1: to map it is refused");
	vu_pci_command(u.device, 0, PCI_COMMAND_MEMORY);
	ok(pci_read(u.device, VFIO_PCI_ROM_REGION_INDEX, 0, piece, 4) < 0,
	   "P5: a read fails while memory decoding is off");
	vu_close(&u);
}

/* --- ioeventfd ------------------------------------------------------------------------------ */

#define IOEVENTS_MAX 5000

static int ioeventfd(int device, uint64_t offset, unsigned int width, uint64_t data, int fd)
{
	struct vfio_device_ioeventfd io = {
		.argsz = sizeof(io),
		.flags = width,
		.offset = offset,
		.data = data,
		.fd = fd,
	};

	return vu_ioctl(device, VFIO_DEVICE_IOEVENTFD, &io);
}

static void signal_event(int event)
{
	const uint64_t one = 1;

	need(write(event, &one, sizeof(one)) == sizeof(one), "write to an eventfd");
}

/* It is written some time later. */
static bool becomes(const volatile uint8_t *memory, uint64_t value, unsigned int width)
{
	uint64_t now = 0;
	int tries;

	for (tries = 0; tries < 20000; tries++) {
		memcpy(&now, (const void *)memory, width);
		if (now == value)
			return true;
		usleep(1000);
	}
	return false;
}

void check_ioeventfd(const struct check_args *args)
{
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vfio_region_info bar = need_region(u.device, BAR2);
	struct vfio_region_info config = need_region(u.device, VFIO_PCI_CONFIG_REGION_INDEX);
	struct vfio_device_ioeventfd brief = { .argsz = 8 };
	const uint64_t data = 0x1122334455667788, at = bar.offset;
	int event = event_new(), other = event_new(), ret, round, seen = 0;
	volatile uint8_t *memory;
	unsigned int width;
	uint64_t value;

	need(event >= 0 && other >= 0, "eventfd");
	need(!vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0), "P1: turn on the BAR");
	memory = mmap(NULL, SZ_4K, PROT_READ | PROT_WRITE, MAP_SHARED, u.device, bar.offset);
	need(memory != MAP_FAILED, "P1: map a page of BAR 2");
	for (width = 1; width <= 8; width *= 2) {
		memset((void *)memory, 0, 16);
		value = width < 8 ? data & ((1ULL << 8 * width) - 1) : data;
		returns(ioeventfd(u.device, at + 8, width, value, event), 0,
			"P6: an ioeventfd of %u bytes", width);
		signal_event(event);
		ok(becomes(memory + 8, value, width), "P6: it writes when it is signalled");
		is(memory[7] | (width < 8 ? memory[8 + width] : 0), 0, "P6: and no more than that");
		returns(ioeventfd(u.device, at + 8, width, value, other), -EEXIST,
			"P6: the same write again is refused");
		returns(ioeventfd(u.device, at + 8, width, value, -1), 0, "P6: take it away");
		returns(ioeventfd(u.device, at + 8, width, value, -1), -ENODEV,
			"P6: it is not there any more");
	}

	returns(ioeventfd(u.device, at, 4, 1, event), 0, "P6: an ioeventfd");
	for (round = 0; round < 50; round++) {
		memset((void *)memory, 0, 4);
		signal_event(event);
		seen += becomes(memory, 1, 4);
	}
	is(seen, 50, "P6: it writes each time");
	returns(ioeventfd(u.device, at, 4, 1, -1), 0, "P6: take it away");
	memset((void *)memory, 0, 16);
	returns(ioeventfd(u.device, at + 4, 4, 2, other), 0, "P6: and have another");
	signal_event(event);
	signal_event(other);
	ok(becomes(memory + 4, 2, 4), "P6: the other one writes");
	is(memory[0], 0, "P6: the one that was taken away does not");
	memset((void *)memory, 0, 16);
	vu_pci_command(u.device, 0, PCI_COMMAND_MEMORY);
	signal_event(other);
	returns(ioeventfd(u.device, at + 4, 4, 2, -1), 0, "P6: signalled while the BAR is off");
	vu_pci_command(u.device, PCI_COMMAND_MEMORY, 0);
	is(memory[4], 0, "P6: it does not write");

	if (stock_modules())
		skip("the stock driver takes it", "P6: at an odd place: refused");
	else
		returns(ioeventfd(u.device, at + 1, 2, 1, event), -EINVAL,
			"P6: at an odd place: refused");
	returns(ioeventfd(u.device, at + bar.size, 4, 1, event), -EINVAL,
		"P6: behind the BAR: refused");
	returns(ioeventfd(u.device, at + bar.size - 4, 8, 1, event), -EINVAL,
		"P6: across its end: refused");
	returns(ioeventfd(u.device, config.offset + 4, 4, 1, event), -EINVAL,
		"P6: in config space: refused");
	returns(ioeventfd(u.device, 1ULL << 62, 4, 1, event), -EINVAL, "P6: nowhere: refused");
	returns(ioeventfd(u.device, at, 3, 1, event), -EINVAL, "P6: of two widths: refused");
	returns(ioeventfd(u.device, at, 0, 1, event), -EINVAL, "P6: of no width: refused");
	returns(ioeventfd(u.device, at, 4 | 1U << 20, 1, event), -EINVAL,
		"P6: with an unknown flag: refused");
	returns(ioeventfd(u.device, at, 4, 1, -2), -EINVAL, "P6: with a fd of -2: refused");
	returns(ioeventfd(u.device, at, 4, 1, 1000), -EBADF, "P6: with a closed fd: refused");
	returns(vu_ioctl(u.device, VFIO_DEVICE_IOEVENTFD, &brief), -EINVAL,
		"P6: a short argsz: refused");

	for (round = 0, ret = 0; round < IOEVENTS_MAX && !ret; round++)
		ret = ioeventfd(u.device, at, 4, 1000 + round, event);
	returns(ret, -ENOSPC, "P6: there is a limit to their number");
	ok(round > 500, "P6: of some hundreds");
	returns(ioeventfd(u.device, at, 4, 1000, -1), 0, "P6: one less");
	returns(ioeventfd(u.device, at, 4, 1, event), 0, "P6: one more");
	munmap((void *)memory, SZ_4K);
	vu_close(&u);

	u = need_open(args, VFIO_TYPE1v2_IOMMU);
	signal_event(event);
	returns(ioeventfd(u.device, at, 4, 1001, -1), -ENODEV, "P6: they go with the user");
	vu_close(&u);
	close(event);
	close(other);
}

/* --- Features -------------------------------------------------------------------------------- */

void check_features(const struct check_args *args)
{
	static const uint32_t unknown[] = { 200, 1000, 0x7fff, 0xffff };
	static const uint32_t ways[] = { VFIO_DEVICE_FEATURE_GET, VFIO_DEVICE_FEATURE_SET,
					 VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_SET };
	struct vu u = need_open(args, VFIO_TYPE1v2_IOMMU);
	struct vfio_device_feature feature;
	unsigned int i, way, right = 0, number, odd = 0;
	int ret;

	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		for (way = 0; way < sizeof(ways) / sizeof(ways[0]); way++) {
			feature = (struct vfio_device_feature){
				.argsz = sizeof(feature),
				.flags = unknown[i] | ways[way] | VFIO_DEVICE_FEATURE_PROBE,
			};
			right += vu_ioctl(u.device, VFIO_DEVICE_FEATURE, &feature) == -ENOTTY;
		}
	}
	is(right, i * way, "P6: probing features that nobody knows says ENOTTY");
	/* Whatever is probed, known or not: there is an answer, and nothing happens. */
	for (number = 0; number < 64; number++) {
		feature = (struct vfio_device_feature){
			.argsz = sizeof(feature),
			.flags = number | VFIO_DEVICE_FEATURE_GET | VFIO_DEVICE_FEATURE_PROBE,
		};
		ret = vu_ioctl(u.device, VFIO_DEVICE_FEATURE, &feature);
		odd += ret && ret != -ENOTTY && ret != -EINVAL;
	}
	is(odd, 0, "P6: every probe is answered by yes, no, or not in this way");
	feature = (struct vfio_device_feature){ .argsz = 4, .flags = 0xffff };
	ret = vu_ioctl(u.device, VFIO_DEVICE_FEATURE, &feature);
	ok(ret == -EINVAL || ret == -ENOTTY, "P6: a short argsz is refused");
	ret = vu_ioctl(u.device, VFIO_DEVICE_FEATURE, NULL);
	ok(ret == -EFAULT || ret == -ENOTTY, "P6: nowhere to read from is refused");
	returns(vu_ioctl(u.device, _IO(VFIO_TYPE, VFIO_BASE + 99), NULL), -ENOTTY,
		"P6: an ioctl that nobody knows is refused");
	vu_close(&u);
}

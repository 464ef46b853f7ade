// SPDX-License-Identifier: GPL-2.0-only
/* Names, answers and helpers of vfio-abi; see abi.h. */

#include "abi.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_NUMBER 100
#define LAST_NUMBER  125

static char current_section[64];
static char details[8192];
static bool watching;
static long pinned, locked;
static int64_t gathered[16];
static size_t gathered_answers;
static unsigned int gathered_requests;

void section(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(current_section, sizeof(current_section), format, args);
	va_end(args);
	watching = false;
}

void detail(const char *format, ...)
{
	size_t length = strlen(details);
	va_list args;

	details[length++] = ' ';
	va_start(args, format);
	vsnprintf(details + length, sizeof(details) - length, format, args);
	va_end(args);
}

void detail_words(const void *buffer, size_t bytes)
{
	uint32_t word;
	size_t i;

	for (i = 0; i + sizeof(word) <= bytes; i += sizeof(word)) {
		memcpy(&word, (const char *)buffer + i, sizeof(word));
		detail("%x", word);
	}
}

void detail_result(const char *what, int64_t ret)
{
	if (ret < 0)
		detail("%s=-%s", what, strerrorname_np(-ret));
	else
		detail("%s=%" PRId64, what, ret);
}

static void read_ledger(long *pins, long *locks)
{
	*pins = vu_pinned_pages();
	*locks = vu_locked_kib();
	need(*pins >= 0 && *locks >= 0, "counts of pinned pages and locked memory");
}

void watch_ledger(void)
{
	read_ledger(&pinned, &locked);
	watching = true;
}

static void detail_ledger(void)
{
	long pinned_before = pinned, locked_before = locked;

	read_ledger(&pinned, &locked);
	if (pinned != pinned_before)
		detail("pins=%+ld", pinned - pinned_before);
	if (locked != locked_before)
		detail("locked=%+ldK", locked - locked_before);
}

static void print_answer(int64_t ret, const char *format, va_list args)
{
	const char *name = ret < 0 ? strerrorname_np(-ret) : NULL;

	if (watching)
		detail_ledger();
	printf("%s/", current_section);
	vprintf(format, args);
	if (name)
		printf(" -%s", name);
	else
		printf(" %" PRId64, ret);
	printf("%s\n", details);
	fflush(stdout);
	details[0] = '\0';
}

void answer(int64_t ret, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_answer(ret, format, args);
	va_end(args);
}

void gather(int64_t ret)
{
	size_t i;

	gathered_requests++;
	for (i = 0; i < gathered_answers; i++)
		if (gathered[i] == ret)
			return;
	need(gathered_answers < ARRAY_SIZE(gathered), "room for answers");
	gathered[gathered_answers++] = ret;
}

void answer_gathered(const char *format, ...)
{
	va_list args;
	size_t i;

	for (i = 0; i < gathered_answers; i++)
		detail_result("answer", gathered[i]);
	va_start(args, format);
	print_answer(gathered_requests, format, args);
	va_end(args);
	gathered_requests = 0;
	gathered_answers = 0;
}

void answer_fd(int fd, const char *format, ...)
{
	va_list args;

	if (fd >= 0)
		detail("fd");
	va_start(args, format);
	print_answer(fd < 0 ? fd : 0, format, args);
	va_end(args);
	if (fd >= 0)
		close(fd);
}

void need(bool works, const char *what)
{
	if (works)
		return;
	fprintf(stderr, "vfio-abi: %s: %s: %s\n", current_section, what, strerror(errno));
	exit(1);
}

int need_fd(int fd, const char *what)
{
	if (fd < 0)
		errno = -fd;
	need(fd >= 0, what);
	return fd;
}

struct vu need_open(const struct abi_device *device, int iommu_type)
{
	struct vu u;
	int ret = vu_open(&u, device->group, device->name, iommu_type);

	errno = -ret;
	need(!ret, device->name);
	return u;
}

void in_child(void (*run)(void *arg), void *arg)
{
	pid_t child = fork();
	int status;

	need(child >= 0, "fork");
	if (!child) {
		if (watching)
			watch_ledger();
		run(arg);
		exit(0);
	}
	need(waitpid(child, &status, 0) == child && !status, "a child");
}

/* In a page with no other behind it. */
static void *argument(int fill)
{
	char *pages =
		mmap(NULL, 2 * SZ_4K, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	need(pages != MAP_FAILED && !mprotect(pages + SZ_4K, SZ_4K, PROT_NONE), "mmap");
	memset(pages, fill, SZ_4K);
	return pages;
}

void every_number(int fd)
{
	static const unsigned long strange[] = {
		_IO(';', 0),
		_IO(';', 99),
		_IO(';', 150),
		_IO(';', 255),
		_IO('A', 100),
		_IO('A', 113),
		_IOR(';', 100, int),
		_IOW(';', 101, int),
		_IOWR(';', 112, int),
		_IOW(';', 113, int),
		FIONREAD,
		0,
	};
	void *zeros = argument(0), *ones = argument(0xff);
	unsigned int number;
	size_t i;
	int ret;

	for (number = FIRST_NUMBER; number <= LAST_NUMBER; number++) {
		ret = vu_ioctl(fd, _IO(VFIO_TYPE, number), NULL);
		detail_result("zeros", vu_ioctl(fd, _IO(VFIO_TYPE, number), zeros));
		detail_result("ones", vu_ioctl(fd, _IO(VFIO_TYPE, number), ones));
		answer(ret, "number-%u", number);
		memset(zeros, 0, SZ_4K);
		memset(ones, 0xff, SZ_4K);
	}
	for (i = 0; i < ARRAY_SIZE(strange); i++)
		answer(vu_ioctl(fd, strange[i], zeros), "number-0x%lx", strange[i]);
	munmap(zeros, 2 * SZ_4K);
	munmap(ones, 2 * SZ_4K);
}

static int64_t with_errno(int64_t ret)
{
	return ret < 0 ? -errno : ret;
}

static int64_t try_mmap(int fd)
{
	void *addr = mmap(NULL, SZ_4K, PROT_READ, MAP_SHARED, fd, 0);

	if (addr == MAP_FAILED)
		return -errno;
	munmap(addr, SZ_4K);
	return 0;
}

void file_calls(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN | POLLOUT };
	char byte = 0;

	answer(with_errno(read(fd, &byte, 1)), "read");
	answer(with_errno(write(fd, &byte, 1)), "write");
	answer(with_errno(pread(fd, &byte, 1, 0)), "pread");
	answer(with_errno(lseek(fd, 4, SEEK_SET)), "lseek");
	answer(with_errno(lseek(fd, 0, SEEK_END)), "lseek-end");
	answer(try_mmap(fd), "mmap");
	answer(with_errno(ftruncate(fd, 0)), "ftruncate");
	answer(with_errno(fsync(fd)), "fsync");
	answer(poll(&poller, 1, 0), "poll-0x%x", poller.revents);
}

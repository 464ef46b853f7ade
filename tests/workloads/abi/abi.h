/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame of vfio-abi: it makes requests and writes down what the kernel answered, one
 * line a case, for a comparison of one VFIO with another. It judges nothing.
 *
 *	SECTION/CASE RESULT [DETAIL]...
 *
 * The result is a number or the name of an errno. Lines are the same in every run: file
 * descriptors and addresses are not among them.
 */
#ifndef ABI_H
#define ABI_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "vfio_user.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define PRINTF(n)	  __attribute__((format(printf, n, (n) + 1)))

/**
 * struct abi_device - a device that is bound to vfio-pci
 * @name: its PCI address
 * @group: number of its IOMMU group
 */
struct abi_device {
	const char *name;
	char group[16];
};

/**
 * struct abi_args - the devices to play with
 * @edu: alone in its group, with a BAR of memory and MSI
 * @other: another one, in another group
 * @nic: alone in its group, with I/O ports, a ROM, INTx, MSI and MSI-X
 * @function: on a bus with others of its group
 */
struct abi_args {
	struct abi_device edu;
	struct abi_device other;
	struct abi_device nic;
	struct abi_device function;
};

void abi_modules(const struct abi_args *args);
void abi_container(const struct abi_args *args);
void abi_group(const struct abi_args *args);
void abi_order(const struct abi_args *args);
void abi_map(const struct abi_args *args);
void abi_unmap(const struct abi_args *args);
void abi_dirty(const struct abi_args *args);
void abi_account(const struct abi_args *args);
void abi_device(const struct abi_args *args);
void abi_regions(const struct abi_args *args);
void abi_interrupts(const struct abi_args *args);
void abi_reset(const struct abi_args *args);
void abi_kvm(const struct abi_args *args);

/* What vfio-abi runs after exec with a container that it inherits. */
void abi_after_exec(int container);

/* What the names of the next cases begin with. */
void section(const char *format, ...) PRINTF(1);
/* More to say of the next case, each a word. */
void detail(const char *format, ...) PRINTF(1);
/* A buffer's 32-bit words. */
void detail_words(const void *buffer, size_t bytes);
/* One case: its name and what was answered, a number or a negative errno. */
void answer(int64_t ret, const char *format, ...) PRINTF(2);
/*
 * For requests that are answered alike as a rule: gather their answers, and one case then
 * tells how many requests there were and which answers, each once.
 */
void gather(int64_t ret);
void answer_gathered(const char *format, ...) PRINTF(1);
/* A detail "@what=@ret", with the name of an errno. */
void detail_result(const char *what, int64_t ret);
/* The same for a new file descriptor, which it closes. */
void answer_fd(int fd, const char *format, ...) PRINTF(2);
/* Cases from here on tell by how many pages pinned and KiB locked the last one differs. */
void watch_ledger(void);

/* Something outside of VFIO must work: ends the area if not. */
void need(bool works, const char *what);
struct vu need_open(const struct abi_device *device, int iommu_type);
int need_fd(int fd, const char *what);

/* Runs @run in a child, which may answer too, and waits for its end. */
void in_child(void (*run)(void *arg), void *arg);

/* Makes the requests of @first to @last with no, zeroed and senseless arguments. */
void every_number(int fd);
/* System calls that are not ioctls. */
void file_calls(int fd);

#endif /* ABI_H */

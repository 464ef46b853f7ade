// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of addresses in processes, whatever the files hold that they are in.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "collect/stacks.h"

/* Where this program's own code is. */
struct place {
	char file[256];
	uint64_t offset; /* of a function, in the file */
	size_t size;	 /* of the file */
};

__attribute__((noinline)) static int the_function(int n)
{
	return n + 1;
}

static struct place own_place(void)
{
	uint64_t start, end, offset, address = (uintptr_t)the_function;
	struct place place = { 0 };
	struct stat status;
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];

	assert_non_null(maps);
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %*s %*s %255s", &start,
			   &end, &offset, place.file) == 4 &&
		    address >= start && address < end)
			break;
	fclose(maps);
	place.offset = address - start + offset;
	assert_int_equal(stat(place.file, &status), 0);
	place.size = (size_t)status.st_size;
	return place;
}

static struct vt_traced_stack request_of(uint32_t pid, const void *const *frames, size_t n)
{
	struct vt_traced_stack request = {
		.request.pid = pid,
		.request.time_ns = clock_ns(CLOCK_MONOTONIC),
		.request.stack_bytes = (int)(n * sizeof(uint64_t)),
	};

	for (size_t i = 0; i < n; i++)
		request.frames[i] = (uintptr_t)frames[i];
	return request;
}

/* The name of one address, to be freed. */
static char *name_of(uint32_t pid, const void *address)
{
	struct vt_traced_stack request = request_of(pid, &address, 1);
	struct stacks *stacks = stacks_new(true);
	char *name;

	assert_non_null(stacks);
	stacks_take(stacks, &request, 1);
	name = strdup(stacks_name(stacks, &request, 0));
	stacks_free(stacks);
	return name;
}

static void names(void **state)
{
	/* Of a caller what counts is the instruction before. */
	const void *const frames[] = { (char *)the_function + 1, (char *)the_function + 1,
				       (void *)8 };
	struct vt_traced_stack requests[2] = { request_of((uint32_t)getpid(), frames, 3) };
	struct stacks *stacks = stacks_new(true);
	struct place place = own_place();
	char wanted[512];

	(void)state;
	assert_int_equal(the_function(1), 2);
	/* A stack that could not be taken. */
	requests[1].request.stack_bytes = -14;
	stacks_take(stacks, requests, 2);
	assert_int_equal(stacks_depth(&requests[0]), 3);
	assert_int_equal(stacks_depth(&requests[1]), 0);
	snprintf(wanted, sizeof(wanted), "the_function+0x1 (%s)", place.file);
	assert_string_equal(stacks_name(stacks, &requests[0], 0), wanted);
	snprintf(wanted, sizeof(wanted), "the_function+0x0 (%s)", place.file);
	assert_string_equal(stacks_name(stacks, &requests[0], 1), wanted);
	assert_string_equal(stacks_name(stacks, &requests[0], 2), "0x7");
	stacks_take(stacks, requests, 0);
	stacks_free(stacks);
}

/* A library without debug information: it names what it exports. */
static void library(void **state)
{
	char *name = name_of((uint32_t)getpid(), (char *)getppid + 1);

	(void)state;
	assert_non_null(strstr(name, "getppid+0x1 ("));
	assert_non_null(strstr(name, "/libc"));
	free(name);
}

/* A process that has begun after the request is another one with its number. */
static void another_process(void **state)
{
	const void *const frame = (void *)the_function;
	struct vt_traced_stack request = request_of((uint32_t)getpid(), &frame, 1);
	struct stacks *stacks = stacks_new(true);
	char wanted[32];

	(void)state;
	request.request.time_ns = 1000000000;
	stacks_take(stacks, &request, 1);
	snprintf(wanted, sizeof(wanted), "0x%" PRIxPTR, (uintptr_t)the_function);
	assert_string_equal(stacks_name(stacks, &request, 0), wanted);
	stacks_free(stacks);
}

/* --- Files of others -------------------------------------------------------------------------- */

/* This program's file, to be damaged, mapped as a program is. */
struct copy {
	struct place place;
	char file[64];
	unsigned char *bytes; /* of the file */
	unsigned char *mapped;
};

static int copy_setup(void **state)
{
	struct copy *copy = calloc(1, sizeof(*copy));
	int from, fd;

	copy->place = own_place();
	strcpy(copy->file, "/tmp/vfiotop-stacks-XXXXXX");
	fd = mkstemp(copy->file);
	from = open(copy->place.file, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || from < 0 ||
	    copy_file_range(from, NULL, fd, NULL, copy->place.size, 0) != (ssize_t)copy->place.size)
		return -1;
	copy->bytes = mmap(NULL, copy->place.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	copy->mapped = mmap(NULL, copy->place.size, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	close(from);
	close(fd);
	*state = copy;
	return copy->bytes == MAP_FAILED || copy->mapped == MAP_FAILED ? -1 : 0;
}

static int copy_teardown(void **state)
{
	struct copy *copy = *state;

	unlink(copy->file);
	munmap(copy->bytes, copy->place.size);
	munmap(copy->mapped, copy->place.size);
	free(copy);
	return 0;
}

static char *copied_name(const struct copy *copy)
{
	return name_of((uint32_t)getpid(), copy->mapped + copy->place.offset);
}

static void assert_placed(const struct copy *copy)
{
	char *name = copied_name(copy), wanted[128];

	snprintf(wanted, sizeof(wanted), "%s+0x%" PRIx64, copy->file, copy->place.offset);
	assert_string_equal(name, wanted);
	free(name);
}

static void whole_file(void **state)
{
	const struct copy *copy = *state;
	char *name = copied_name(copy), wanted[128];

	snprintf(wanted, sizeof(wanted), "the_function+0x0 (%s)", copy->file);
	assert_string_equal(name, wanted);
	free(name);
}

static void no_program(void **state)
{
	struct copy *copy = *state;

	memset(copy->bytes, 'x', SELFMAG);
	assert_placed(copy);
}

static void cut_file(void **state)
{
	struct copy *copy = *state;

	assert_int_equal(truncate(copy->file, 100), 0);
	assert_placed(copy);
	assert_int_equal(truncate(copy->file, (off_t)copy->place.size), 0);
}

/* Another file of that name, a fifo, and none: nothing is opened but what is mapped. */
static void other_file(void **state)
{
	struct copy *copy = *state;
	char aside[80];

	snprintf(aside, sizeof(aside), "%s.aside", copy->file);
	assert_int_equal(rename(copy->file, aside), 0);
	assert_int_equal(symlink(copy->place.file, copy->file), 0);
	/* The kernel tells the name that it has now. */
	strcat(copy->file, ".aside");
	whole_file(state);
	assert_int_equal(link(aside, "/tmp/vfiotop-stacks-kept"), 0);
	assert_int_equal(unlink(aside), 0);
	assert_int_equal(mkfifo(aside, 0600), 0);
	free(copied_name(copy));
	unlink("/tmp/vfiotop-stacks-kept");
	copy->file[strlen(copy->file) - strlen(".aside")] = '\0';
	unlink(aside);
}

/* Whatever is damaged, there is an answer, and the next file is read. */
static void damaged_files(void **state)
{
	struct copy *copy = *state;
	const Elf64_Ehdr *head = (const Elf64_Ehdr *)copy->bytes;
	const struct {
		size_t from, size;
	} parts[] = {
		{ EI_CLASS, sizeof(*head) - EI_CLASS },
		{ head->e_phoff, head->e_phnum * sizeof(Elf64_Phdr) },
		{ head->e_shoff, head->e_shnum * sizeof(Elf64_Shdr) },
	};
	unsigned char *saved;

	srand(1);
	for (size_t part = 0; part < 3; part++) {
		saved = malloc(parts[part].size);
		memcpy(saved, copy->bytes + parts[part].from, parts[part].size);
		for (int i = 0; i < 20; i++) {
			for (int n = rand() % 8; n >= 0; n--)
				copy->bytes[parts[part].from + (size_t)rand() % parts[part].size] =
					(unsigned char)(rand() % 3 ? rand() : 0xff);
			free(copied_name(copy));
			memcpy(copy->bytes + parts[part].from, saved, parts[part].size);
		}
		free(saved);
	}
	whole_file(state);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, copy_setup, copy_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(library),
		cmocka_unit_test(another_process),
		TEST(whole_file),
		TEST(no_program),
		TEST(cut_file),
		TEST(other_file),
		TEST(damaged_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

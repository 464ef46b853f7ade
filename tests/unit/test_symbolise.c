// SPDX-License-Identifier: GPL-2.0-only
/*
 * The process that reads files of others may crash, never end, or lie.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "clock.h"
#include "collect/stacks.h"
#include "collect/symbol.h"
#include "collect/symbolise.h"

enum behaviour {
	CRASHES,
	NEVER_ENDS,
	LIES,
};

static enum behaviour behaviour;

/* --- In place of the library ----------------------------------------------------------------- */

bool symbols_built_in(void)
{
	return true;
}

bool symbol_confine(void)
{
	return true;
}

struct symbol_file *symbol_file_open(int fd)
{
	return (struct symbol_file *)(intptr_t)fd;
}

void symbol_file_close(struct symbol_file *file)
{
	(void)file;
}

/* Out of range, without an end, not printable, more of them than there are, and cut. */
static void lie(void)
{
	struct symbolise_answer answer = { .index = UINT32_MAX };

	memset(answer.name, '\033', sizeof(answer.name));
	for (int i = 0; i < 100; i++) {
		if (write(STDIN_FILENO, &answer, sizeof(answer)) != sizeof(answer))
			_exit(1);
		answer.index = 0;
	}
	if (write(STDIN_FILENO, &answer, 3) != 3)
		_exit(1);
}

const char *symbol_find(struct symbol_file *file, uint64_t offset, uint64_t *behind)
{
	(void)file;
	(void)offset;
	*behind = 0;
	switch (behaviour) {
	case CRASHES:
		_exit(139);
	case NEVER_ENDS:
		for (;;)
			pause();
	case LIES:
		lie();
	}
	return NULL;
}

/* --------------------------------------------------------------------------------------------- */

static void name_own(enum behaviour how, char name[SYMBOLISE_NAME_SIZE])
{
	struct vt_traced_stack request = {
		.request.pid = (uint32_t)getpid(),
		.request.time_ns = clock_ns(CLOCK_MONOTONIC),
		.request.stack_bytes = 2 * sizeof(uint64_t),
		.frames = { (uintptr_t)name_own, UINT64_MAX },
	};
	struct stacks *stacks = stacks_new(true);

	behaviour = how;
	stacks_take(stacks, &request, 1);
	snprintf(name, SYMBOLISE_NAME_SIZE, "%s", stacks_name(stacks, &request, 0));
	stacks_free(stacks);
}

/* What was known before stays. */
static void assert_place(enum behaviour how)
{
	char name[SYMBOLISE_NAME_SIZE];

	name_own(how, name);
	assert_non_null(strstr(name, "symbolise.t+0x"));
}

static void crash(void **state)
{
	(void)state;
	assert_place(CRASHES);
}

static void no_end(void **state)
{
	(void)state;
	assert_place(NEVER_ENDS);
}

static void lies(void **state)
{
	char name[SYMBOLISE_NAME_SIZE];

	(void)state;
	name_own(LIES, name);
	assert_int_equal(strspn(name, "?"), SYMBOLISE_NAME_SIZE - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crash),
		cmocka_unit_test(no_end),
		cmocka_unit_test(lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}

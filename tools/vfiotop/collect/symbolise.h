/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The process that names addresses of another one. It opens the files that the other has
 * mapped, gives up all that it may do, and only then reads what is in them.
 */
#ifndef VFIOTOP_SYMBOLISE_H
#define VFIOTOP_SYMBOLISE_H

#include <stddef.h>
#include <stdint.h>

#define SYMBOLISE_NAME_SIZE 384

/* For each address: where it is, and what it is called. */
#define SYMBOLISE_ANSWERS 2

/**
 * struct symbolise_question - what is wanted
 * @pid: the process
 * @before_ns: it has begun before, CLOCK_MONOTONIC: else it is another one
 * @addresses: @n addresses of instructions
 * @n: how many
 */
struct symbolise_question {
	uint32_t pid;
	uint64_t before_ns;
	const uint64_t *addresses;
	size_t n;
};

/**
 * struct symbolise_answer - what is written for an address; what comes later is better
 * @index: of the address
 * @name: its name
 */
struct symbolise_answer {
	uint32_t index;
	char name[SYMBOLISE_NAME_SIZE];
};

/**
 * symbolise - answer, in a process of its own
 * @question: what is wanted
 * @fd: answers are written to it
 *
 * It ends the process. Whoever waits for it must not wait for ever: another process may make
 * its files such that reading them takes as long as it likes.
 */
void symbolise(const struct symbolise_question *question, int fd) __attribute__((noreturn));

#endif /* VFIOTOP_SYMBOLISE_H */

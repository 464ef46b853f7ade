// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "stacks.h"

#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "clean.h"
#include "clock.h"
#include "symbolise.h"

/* So long is waited for the names of one process, and of all: requests are waiting. */
#define PROCESS_NS 5000000000ULL
#define ALL_NS	   10000000000ULL

/* An address of a process, and what it is called. */
struct named {
	uint32_t pid;
	uint64_t address;
	uint64_t time_ns; /* of the first request with it */
	char name[SYMBOLISE_NAME_SIZE];
};

/* Sorted by process and address, each once. */
struct stacks {
	bool usable;
	uint32_t given_up; /* process that took too long: it is not asked again */
	struct named *named;
	size_t n;
};

struct stacks *stacks_new(bool usable)
{
	struct stacks *s = calloc(1, sizeof(*s));

	if (s)
		s->usable = usable;
	return s;
}

void stacks_free(struct stacks *s)
{
	if (s)
		free(s->named);
	free(s);
}

size_t stacks_depth(const struct vt_traced_stack *request)
{
	int bytes = request->request.stack_bytes;

	if (bytes <= 0 || (size_t)bytes > sizeof(request->frames))
		return 0;
	return (size_t)bytes / sizeof(request->frames[0]);
}

/* A caller's address is behind its call, which may be its last instruction. */
static uint64_t address_of(const struct vt_traced_stack *request, size_t frame)
{
	return request->frames[frame] - (frame > 0);
}

static int compare(const void *left, const void *right)
{
	const struct named *a = left, *b = right;

	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return (a->address > b->address) - (a->address < b->address);
}

/* The order of those that compare as equal does not matter: the first time is kept. */
static void drop_doubles(struct stacks *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (n && !compare(&s->named[n - 1], &s->named[i])) {
			if (s->named[i].time_ns < s->named[n - 1].time_ns)
				s->named[n - 1].time_ns = s->named[i].time_ns;
			continue;
		}
		if (n != i)
			s->named[n] = s->named[i];
		n++;
	}
	s->n = n;
}

static bool list_frames(struct stacks *s, const struct vt_traced_stack *requests, size_t n)
{
	size_t room = 0;

	free(s->named);
	s->named = NULL;
	s->n = 0;
	for (size_t i = 0; i < n; i++)
		room += stacks_depth(&requests[i]);
	s->named = room ? calloc(room, sizeof(*s->named)) : NULL;
	if (!s->named)
		return false;
	for (size_t i = 0; i < n; i++) {
		for (size_t frame = 0; frame < stacks_depth(&requests[i]); frame++) {
			struct named *named = &s->named[s->n++];

			named->pid = requests[i].request.pid;
			named->address = address_of(&requests[i], frame);
			named->time_ns = requests[i].request.time_ns;
			snprintf(named->name, sizeof(named->name), "0x%" PRIx64, named->address);
		}
	}
	qsort(s->named, s->n, sizeof(*s->named), compare);
	drop_doubles(s);
	return true;
}

/* What is sent is believed as little as the files that it comes from. */
static void take_answer(struct named *named, size_t n, const struct symbolise_answer *answer)
{
	if (answer->index >= n)
		return;
	memcpy(named[answer->index].name, answer->name, SYMBOLISE_NAME_SIZE);
	clean_text(named[answer->index].name, SYMBOLISE_NAME_SIZE);
}

/* Ends when all is said, or more than there can be. Returns false when the time is over. */
static bool take_answers(int fd, struct named *named, size_t n, uint64_t deadline)
{
	struct pollfd input = { .fd = fd, .events = POLLIN };
	struct symbolise_answer answer;
	size_t left = n * SYMBOLISE_ANSWERS, have = 0;

	while (left) {
		uint64_t now = clock_ns(CLOCK_MONOTONIC);
		ssize_t got;

		if (now >= deadline || poll(&input, 1, (int)((deadline - now) / 1000000) + 1) <= 0)
			return false;
		got = read(fd, (char *)&answer + have, sizeof(answer) - have);
		if (got <= 0)
			return true;
		have += (size_t)got;
		if (have < sizeof(answer))
			continue;
		take_answer(named, n, &answer);
		have = 0;
		left--;
	}
	return true;
}

/* The names of @n addresses of one process. Returns false when that took too long. */
static bool name_process(struct named *named, size_t n, uint64_t deadline)
{
	struct symbolise_question question = { .pid = named->pid, .before_ns = named->time_ns };
	uint64_t *addresses = malloc(n * sizeof(*addresses));
	bool in_time = true;
	int fds[2];
	pid_t pid;

	if (!addresses)
		return true;
	for (size_t i = 0; i < n; i++) {
		addresses[i] = named[i].address;
		if (named[i].time_ns < question.before_ns)
			question.before_ns = named[i].time_ns;
	}
	question.addresses = addresses;
	question.n = n;
	if (pipe2(fds, O_CLOEXEC)) {
		free(addresses);
		return true;
	}
	pid = fork();
	if (pid == 0)
		symbolise(&question, fds[1]);
	close(fds[1]);
	if (pid > 0) {
		in_time = take_answers(fds[0], named, n, deadline);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
	}
	close(fds[0]);
	free(addresses);
	return in_time;
}

void stacks_take(struct stacks *s, const struct vt_traced_stack *requests, size_t n)
{
	uint64_t end = clock_ns(CLOCK_MONOTONIC) + ALL_NS;
	size_t first, next;

	if (!list_frames(s, requests, n))
		return;
	for (first = 0; first < s->n; first = next) {
		uint64_t now = clock_ns(CLOCK_MONOTONIC);

		for (next = first; next < s->n && s->named[next].pid == s->named[first].pid; next++)
			;
		if (!s->usable || now >= end || s->named[first].pid == s->given_up)
			continue;
		if (!name_process(&s->named[first], next - first,
				  now + PROCESS_NS < end ? now + PROCESS_NS : end))
			s->given_up = s->named[first].pid;
	}
}

const char *stacks_name(const struct stacks *s, const struct vt_traced_stack *request, size_t frame)
{
	struct named wanted = {
		.pid = request->request.pid,
		.address = address_of(request, frame),
	};
	const struct named *found = NULL;

	if (s->n)
		found = bsearch(&wanted, s->named, s->n, sizeof(wanted), compare);
	return found ? found->name : "?";
}

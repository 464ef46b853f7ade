/* SPDX-License-Identifier: GPL-2.0-only */
/* A request that may wait, in a thread of its own, while the test looks around. */
#ifndef REQUEST_H
#define REQUEST_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/**
 * struct request - something that may wait
 * @run: does it, and returns what it returned
 * @arg: for @run
 * @thread: where
 * @over: @run has returned
 * @ret: what it returned
 */
struct request {
	int64_t (*run)(void *arg);
	void *arg;
	pthread_t thread;
	volatile bool over;
	int64_t ret;
};

/* Ends the program if there is no thread for it. */
void request_start(struct request *request, int64_t (*run)(void *arg), void *arg);
/* Waits for its end. Returns what it returned. */
int64_t request_end(struct request *request);

#endif /* REQUEST_H */

// SPDX-License-Identifier: GPL-2.0-only
/* A request that may wait; see request.h. */

#include "request.h"

#include "check.h"

static void *request_thread(void *arg)
{
	struct request *request = arg;

	request->ret = request->run(request->arg);
	request->over = true;
	return NULL;
}

void request_start(struct request *request, int64_t (*run)(void *arg), void *arg)
{
	request->run = run;
	request->arg = arg;
	request->over = false;
	need(!pthread_create(&request->thread, NULL, request_thread, request), "thread");
}

int64_t request_end(struct request *request)
{
	pthread_join(request->thread, NULL);
	return request->ret;
}

// SPDX-License-Identifier: GPL-2.0-only
/* In place of http.c, listen.c and confine.c in programs whose libraries do not include an HTTP server. */
#include <stdlib.h>

#include "confine.h"
#include "http.h"
#include "listen.h"

bool http_possible(void)
{
	return false;
}

int http_serve(int listener, int channel, uint64_t stale_ns)
{
	(void)listener;
	(void)channel;
	(void)stale_ns;
	return EXIT_FAILURE;
}

bool confine(void)
{
	return false;
}

enum exit_code listen_at(const char *listen_address, int *listener)
{
	(void)listen_address;
	(void)listener;
	return EXIT_FAILED;
}

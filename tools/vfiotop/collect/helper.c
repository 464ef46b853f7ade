// SPDX-License-Identifier: GPL-2.0-only
#define _GNU_SOURCE
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attach.h"
#include "descriptors.h"
#include "privileges.h"
#include "sources.h"

struct helper {
	int fd; /* -1 when it has ended */
	pid_t pid;
	bool attaching; /* it was asked to, and has not answered */
};

/* All that it can be asked. */
enum request {
	REQUEST_CHECK = 1,
	REQUEST_ATTACH,
};

/*
 * What it answers, always in this size. The file descriptors come with it: first those by
 * enum handle, as far as their bit is set in have, then programs and links.
 */
struct reply {
	enum exit_code code;
	char why[COMPLAINT_SIZE]; /* that is not EXIT_DONE, or what does not work; or empty */
	enum source_choice choice;
	unsigned int knowledge;
	unsigned int refused;
	uint64_t generation;
	char method[SOURCE_METHOD_SIZE];
	char follows[SOURCE_FOLLOWS_SIZE];
	bool with_iommufd;
	char no_iommufd[COMPLAINT_SIZE];
	uint32_t have;
	uint32_t n_programs;
	uint32_t n_links;
};

/* --- In the helper --------------------------------------------------------------------- */

static size_t list_handles(const struct handles *h, struct reply *reply, int fds[DESCRIPTORS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < HANDLE_KINDS; i++) {
		if (h->fd[i] < 0)
			continue;
		reply->have |= 1U << i;
		fds[n++] = h->fd[i];
	}
	memcpy(&fds[n], h->programs, h->n_programs * sizeof(int));
	n += h->n_programs;
	memcpy(&fds[n], h->links, h->n_links * sizeof(int));
	reply->n_programs = h->n_programs;
	reply->n_links = h->n_links;
	return n + h->n_links;
}

static bool send_reply(int socket, const struct reply *reply, const int *fds, size_t n)
{
	return descriptors_send(socket, reply, sizeof(*reply), fds, n, 0) ==
	       (ssize_t)sizeof(*reply);
}

/*
 * Answers one request. What it has attached is left to the receiver: its own file
 * descriptors are closed as it ends, which detaches nothing.
 */
static bool answer(int socket, uint32_t request, const struct collect_options *options)
{
	struct source source = { .handles = handles_none() };
	struct reply reply = { 0 };
	int fds[DESCRIPTORS_MAX];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	complaint_hold();
	if (request == REQUEST_ATTACH)
		reply.code = sources_attach(&source, options, &reply.generation);
	else
		reply.code = privileges_check();
	complaint_release(reply.why);
	if (source.type)
		reply.choice = source.type->choice;
	reply.knowledge = source.knowledge;
	reply.refused = source.refused;
	snprintf(reply.method, sizeof(reply.method), "%s", source.method);
	snprintf(reply.follows, sizeof(reply.follows), "%s", source.follows);
	reply.with_iommufd = source.with_iommufd;
	memcpy(reply.no_iommufd, source.no_iommufd, sizeof(reply.no_iommufd));
	return send_reply(socket, &reply, fds, list_handles(&source.handles, &reply, fds));
}

/* Each request is answered by a process of its own, so that nothing is left of it here. */
static bool have_answered(int socket, uint32_t request, const struct collect_options *options)
{
	struct reply reply = { .code = EXIT_FAILED };
	int status = 0;
	pid_t pid = fork();

	if (pid == 0)
		_exit(answer(socket, request, options) ? 0 : 1);
	if (pid < 0)
		snprintf(reply.why, sizeof(reply.why),
			 "cannot start a process to attach: %s; free memory, or raise the limit of "
			 "processes",
			 strerror(errno));
	else if (waitpid(pid, &status, 0) == pid && WIFSIGNALED(status))
		snprintf(reply.why, sizeof(reply.why),
			 "cannot attach: the process that attaches was killed by signal %d; check "
			 "whether memory is short, and try again",
			 WTERMSIG(status));
	else
		return status == 0;
	return send_reply(socket, &reply, NULL, 0);
}

/* Keeps nothing of its parent but the socket and standard error. */
static int leave_parent(int socket)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "vfiotop-helper");
	/* What a terminal sends is for the parent. */
	setsid();
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0 ||
	    dup2(socket, STDERR_FILENO + 1) < 0)
		_exit(1);
	close_range(STDERR_FILENO + 2, ~0U, 0);
	return STDERR_FILENO + 1;
}

static void serve(int socket, const struct collect_options *options)
{
	uint32_t request;

	privileges_keep_attaching();
	while (recv(socket, &request, sizeof(request), 0) == (ssize_t)sizeof(request))
		if ((request != REQUEST_CHECK && request != REQUEST_ATTACH) ||
		    !have_answered(socket, request, options))
			break;
}

/* --- In its parent ---------------------------------------------------------------------- */

struct helper *helper_start(const struct collect_options *options)
{
	struct helper *h = calloc(1, sizeof(*h));
	int fds[2];

	if (programs_start(options->debug) != EXIT_DONE) {
		free(h);
		return NULL;
	}
	if (!h || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds)) {
		complain("cannot start the helper process: %s; free memory", strerror(errno));
		free(h);
		return NULL;
	}
	h->pid = fork();
	if (h->pid == 0) {
		serve(leave_parent(fds[1]), options);
		_exit(0);
	}
	close(fds[1]);
	h->fd = fds[0];
	if (h->pid > 0)
		return h;
	complain("cannot start the helper process: %s; free memory, or raise the limit of "
		 "processes",
		 strerror(errno));
	close(fds[0]);
	free(h);
	return NULL;
}

static int hang_up(struct helper *h)
{
	int status = 0;

	close(h->fd);
	h->fd = -1;
	while (waitpid(h->pid, &status, 0) < 0 && errno == EINTR)
		;
	return status;
}

void helper_stop(struct helper *h)
{
	/* Nobody waits for what it attaches any more: that ends with it. */
	if (h && h->fd >= 0 && h->attaching)
		kill(h->pid, SIGKILL);
	if (h && h->fd >= 0)
		hang_up(h);
	free(h);
}

int helper_fd(const struct helper *h)
{
	return h->fd;
}

void helper_ended(struct helper *h, const char *lost)
{
	int status = hang_up(h);

	if (WIFSIGNALED(status))
		complain("the helper process, which attaches, was killed by signal %d: %s; start "
			 "vfiotop again",
			 WTERMSIG(status), lost);
	else
		complain("the helper process, which attaches, has ended: %s; start vfiotop again",
			 lost);
}

/* Gives each file descriptor its place; false when there are not as many as there should. */
static bool take_handles(const struct reply *reply, const int *fds, size_t n, struct handles *h)
{
	size_t next = 0;

	*h = handles_none();
	if (reply->n_programs > HANDLES_PROGRAMS || reply->n_links > HANDLES_PROGRAMS ||
	    reply->have >> HANDLE_KINDS ||
	    n != (size_t)__builtin_popcount(reply->have) + reply->n_programs + reply->n_links)
		return false;
	for (size_t i = 0; i < HANDLE_KINDS; i++)
		if (reply->have & 1U << i)
			h->fd[i] = fds[next++];
	h->n_programs = reply->n_programs;
	memcpy(h->programs, &fds[next], h->n_programs * sizeof(int));
	h->n_links = reply->n_links;
	memcpy(h->links, &fds[next + h->n_programs], h->n_links * sizeof(int));
	return true;
}

/* Returns how many bytes came, 0 at the end; all file descriptors are stored, or closed. */
static ssize_t receive(int socket, struct reply *reply, struct handles *handles)
{
	int fds[DESCRIPTORS_MAX];
	size_t n;
	ssize_t got = descriptors_receive(socket, reply, sizeof(*reply), fds, &n, 0);

	if (got == (ssize_t)sizeof(*reply) && take_handles(reply, fds, n, handles))
		return got;
	while (n--)
		close(fds[n]);
	return got > 0 ? -1 : got;
}

static enum exit_code ask(struct helper *h, uint32_t request)
{
	if (h->fd < 0) {
		complain("cannot attach: the helper process has ended; start vfiotop again");
		return EXIT_FAILED;
	}
	if (send(h->fd, &request, sizeof(request), MSG_NOSIGNAL) == (ssize_t)sizeof(request))
		return EXIT_DONE;
	helper_ended(h, "nothing can be attached");
	return EXIT_FAILED;
}

/* Waits for it. */
static enum exit_code take_reply(struct helper *h, struct reply *reply, struct handles *handles)
{
	ssize_t got;

	*handles = handles_none();
	got = receive(h->fd, reply, handles);
	if (got < 0 && errno != ECONNRESET) {
		complain("cannot attach: what was attached could not be handed over; raise the "
			 "limit of open files (ulimit -n)");
		return EXIT_FAILED;
	}
	if (got <= 0) {
		helper_ended(h, "nothing can be attached");
		return EXIT_FAILED;
	}
	if (reply->code != EXIT_DONE || reply->why[0])
		complain("%.*s", (int)sizeof(reply->why) - 1, reply->why);
	return reply->code;
}

enum exit_code helper_check(struct helper *h)
{
	enum exit_code code = ask(h, REQUEST_CHECK);
	struct handles none;
	struct reply reply;

	return code == EXIT_DONE ? take_reply(h, &reply, &none) : code;
}

enum exit_code helper_ask(struct helper *h)
{
	enum exit_code code = ask(h, REQUEST_ATTACH);

	h->attaching = code == EXIT_DONE;
	return code;
}

enum exit_code helper_attached(struct helper *h, struct source *source, uint64_t *generation)
{
	struct handles handles;
	struct reply reply;
	enum exit_code code = take_reply(h, &reply, &handles);

	h->attaching = false;
	*source = (struct source){ .handles = handles_none() };
	if (code != EXIT_DONE)
		return code;
	source->type = sources_find(reply.choice);
	source->knowledge = reply.knowledge;
	source->refused = reply.refused;
	source->handles = handles;
	memcpy(source->method, reply.method, sizeof(source->method));
	memcpy(source->follows, reply.follows, sizeof(source->follows));
	source->with_iommufd = reply.with_iommufd;
	memcpy(source->no_iommufd, reply.no_iommufd, sizeof(source->no_iommufd));
	*generation = reply.generation;
	return EXIT_DONE;
}

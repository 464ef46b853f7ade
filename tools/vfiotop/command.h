/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another program that runs while vfiotop watches.
 */
#ifndef VFIOTOP_COMMAND_H
#define VFIOTOP_COMMAND_H

#include <stdbool.h>
#include <sys/signalfd.h>
#include <sys/types.h>

#include "exit.h"

/**
 * struct command - the program
 * @name: its name
 * @pid: its process, 0 when there is none
 * @fd: of that process, readable when it has ended; -1 when there is none
 * @go: writing there lets it begin
 * @failed: gets errno when it cannot
 * @running: it has begun, and not ended
 * @ended: it has ended
 * @status: how, as waitpid() says
 */
struct command {
	const char *name;
	pid_t pid;
	int fd;
	int go;
	int failed;
	bool running;
	bool ended;
	int status;
};

/**
 * command_prepare - make its process, which waits
 * @command: is filled in
 * @argv: program and arguments
 *
 * To be called before anything is opened or a signal is blocked: the process has nothing of
 * that, nor any privilege that is gained or kept later.
 *
 * Return: false after a message on stderr.
 */
bool command_prepare(struct command *command, char **argv);

/**
 * command_go - let it begin
 * @command: from command_prepare()
 *
 * Return: EXIT_DONE, or another code after a message on stderr.
 */
enum exit_code command_go(struct command *command);

/**
 * command_pass_on - pass a signal on, unless the terminal has sent it to both
 * @command: a running one
 * @info: the signal
 */
void command_pass_on(const struct command *command, const struct signalfd_siginfo *info);

/**
 * command_reap - take note of its end
 * @command: whose fd is readable
 */
void command_reap(struct command *command);

/**
 * command_close - forget it; ends it when it has not begun
 * @command: from command_prepare(), or one without a process
 */
void command_close(struct command *command);

#endif /* VFIOTOP_COMMAND_H */

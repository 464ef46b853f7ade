/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live view on a terminal.
 */
#ifndef VFIOTOP_SCREEN_H
#define VFIOTOP_SCREEN_H

#include <stdint.h>
#include <stdio.h>

#include "view.h"

/**
 * enum screen_event - what a key asked for
 * @SCREEN_NOTHING: nothing
 * @SCREEN_REDRAW: the same report, redrawn
 * @SCREEN_DELAY: that, and another delay: see screen_delay()
 * @SCREEN_PLAY: pause, or go on
 * @SCREEN_STEP: the next report of a recording
 * @SCREEN_STEP_BACK: the one before
 * @SCREEN_SKIP: ten reports later
 * @SCREEN_SKIP_BACK: ten reports earlier
 * @SCREEN_QUIT: the end
 */
enum screen_event {
	SCREEN_NOTHING,
	SCREEN_REDRAW,
	SCREEN_DELAY,
	SCREEN_PLAY,
	SCREEN_STEP,
	SCREEN_STEP_BACK,
	SCREEN_SKIP,
	SCREEN_SKIP_BACK,
	SCREEN_QUIT,
};

/**
 * screen_open - take over the terminal
 * @in: where keys come from
 * @out: where it is drawn
 *
 * Return: false when the terminal cannot show it.
 */
bool screen_open(FILE *in, FILE *out);

/**
 * screen_close - give the terminal back
 */
void screen_close(void);

/**
 * screen_resize - the terminal's size has changed
 */
void screen_resize(void);

/**
 * screen_draw - show a report
 * @view: the report; NULL as long as there is none. It must last until the next call, or the
 *	next key
 */
void screen_draw(const struct view *view);

/**
 * screen_key - handle the keys that were pressed
 *
 * Return: what they asked for.
 */
enum screen_event screen_key(void);

/**
 * screen_pause - keep the report on the screen, or let the next one be drawn
 *
 * The report is copied: keys work on it, while others are made.
 */
void screen_pause(void);

/**
 * screen_leaks - begin with the table of leaks
 */
void screen_leaks(void);

/**
 * screen_stopped - say whether the reports have stopped coming, as in a recording
 * @stopped: so it is
 */
void screen_stopped(bool stopped);

/**
 * screen_delay - the time between reports that was asked for
 *
 * Return: nanoseconds.
 */
uint64_t screen_delay(void);

#endif /* VFIOTOP_SCREEN_H */

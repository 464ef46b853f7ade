/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The live view on a terminal.
 */
#ifndef VFIOTOP_SCREEN_H
#define VFIOTOP_SCREEN_H

#include "render/render.h"

/**
 * enum screen_event - what a key asked for
 * @SCREEN_NOTHING: nothing
 * @SCREEN_REDRAW: the same report, redrawn
 * @SCREEN_PLAY: a recording stops, or goes on
 * @SCREEN_STEP: its next report
 * @SCREEN_STEP_BACK: the one before
 * @SCREEN_SKIP: ten reports later
 * @SCREEN_SKIP_BACK: ten reports earlier
 * @SCREEN_QUIT: the end
 */
enum screen_event {
	SCREEN_NOTHING,
	SCREEN_REDRAW,
	SCREEN_PLAY,
	SCREEN_STEP,
	SCREEN_STEP_BACK,
	SCREEN_SKIP,
	SCREEN_SKIP_BACK,
	SCREEN_QUIT,
};

/**
 * screen_open - take over the terminal
 *
 * Return: false when the terminal cannot show it.
 */
bool screen_open(void);

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
 * @view: the report; NULL as long as there is none
 */
void screen_draw(const struct view *view);

/**
 * screen_key - handle the keys that were pressed
 *
 * Return: what they asked for.
 */
enum screen_event screen_key(void);

#endif /* VFIOTOP_SCREEN_H */

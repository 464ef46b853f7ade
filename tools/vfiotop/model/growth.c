// SPDX-License-Identifier: GPL-2.0-only
/*
 * A window of some minutes is cut into slots, of which the least and the most is kept. What is
 * still there at the end of the window is, at each slot, the least from there on: it never
 * falls, so that what comes and goes leaves it flat. It is a leak that makes it rise
 * again and again, without long pauses; and the figure itself then gets higher than it has
 * been before, which tells a leak from a slow wave. A rise that began with the figure may be a
 * start-up, or the first tooth of a saw, and has to go on for most of a window. A figure that
 * has also fallen has to rise for nearly the whole window, and by more than one that wanders
 * about does by chance. The slope is that of Theil and Sen, the median of the slopes between
 * all pairs of slots, which no single step can move.
 */
#include "growth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SECOND	      1000000000ULL
#define MINUTE	      (60 * SECOND)
#define SPAN_PERCENT  53  /* of the window, the least that is judged when nothing has fallen */
#define FALLS_PERCENT 90  /* the same when something has */
#define PAUSE_PERCENT 40  /* of the time that is judged, the longest without a rise */
#define RISES	      4	  /* the fewest */
#define CERTAIN	      2	  /* windows in which a rise has to go on to be no longer suspected */
#define SLOWER	      1.2 /* times, from each third of the time to the next: a start-up */
#define DENSE_PERCENT 70  /* of the slots, the fewest with a rise for that */
#define ERRORS	      5.5 /* how many times its standard error the mean step is at least */
#define LAGS	      6	  /* steps so far apart, in slots, still depend on each other */
#define PAIRS	      (GROWTH_SLOTS * (GROWTH_SLOTS - 1) / 2)

struct growth_limits growth_limits_default(void)
{
	return (struct growth_limits){
		.window_ns = 300 * SECOND,
		.start_up_ns = 60 * SECOND,
		.per_minute = 0,
		.confidence = 90,
	};
}

static bool parse(const char *text, double min, double max, double *value)
{
	char *end;

	errno = 0;
	*value = strtod(text, &end);
	return end != text && !*end && !errno && *value >= min && *value <= max;
}

const char *growth_limits_set(struct growth_limits *limits, const char *name, const char *text)
{
	double value;

	if (!strcmp(name, "window")) {
		if (!parse(text, 5, 86400, &value))
			return "it needs seconds from 5 to 86400";
		limits->window_ns = (uint64_t)(value * 1e9);
	} else if (!strcmp(name, "start-up")) {
		if (!parse(text, 0, 86400, &value))
			return "it needs seconds from 0 to 86400";
		limits->start_up_ns = (uint64_t)(value * 1e9);
	} else if (!strcmp(name, "slope")) {
		if (!parse(text, 0, 0x1p62, &value))
			return "it needs bytes per minute";
		limits->per_minute = (uint64_t)value;
	} else if (!strcmp(name, "confidence")) {
		if (!parse(text, 1, 100, &value))
			return "it needs percent from 1 to 100";
		limits->confidence = (unsigned int)value;
	} else {
		return "there is no such limit";
	}
	return NULL;
}

void growth_start(struct growth *g, uint64_t now_ns, int64_t value)
{
	bool rises = g->since_ns && !g->begun_ns && value >= g->now.low;
	uint64_t since_ns = rises ? g->since_ns : now_ns;

	growth_forget(g);
	g->since_ns = since_ns;
	g->now.low = value;
}

void growth_forget(struct growth *g)
{
	memset(g, 0, sizeof(*g));
}

/* The oldest slot goes. Its highest value is remembered longer. */
static void drop_oldest(struct growth *g)
{
	if (!g->dropped || g->slots[0].high > g->dropped_high)
		g->dropped_high = g->slots[0].high;
	memmove(g->slots, g->slots + 1, (GROWTH_SLOTS - 1) * sizeof(g->slots[0]));
	g->n--;
	if (++g->dropped < GROWTH_SLOTS)
		return;
	memmove(g->highs + 1, g->highs, (GROWTH_WINDOWS - 1) * sizeof(g->highs[0]));
	g->highs[0] = g->dropped_high;
	g->dropped = 0;
}

/* The most that it was before the window; no figure is below 0. */
static int64_t high_before(const struct growth *g)
{
	int64_t high = g->dropped ? g->dropped_high : 0;

	for (size_t i = 0; i < GROWTH_WINDOWS; i++)
		if (g->highs[i] > high)
			high = g->highs[i];
	return high;
}

/*
 * Whether values that never fall rise often enough, nowhere pause for long, and have risen since
 * @late_ns.
 */
static bool rises_steadily(const struct growth *g, const int64_t *values, uint64_t late_ns)
{
	uint64_t first = g->slots[0].end_ns, last = g->slots[g->n - 1].end_ns, before = first;
	uint64_t most = (last - first) * PAUSE_PERCENT / 100;
	unsigned int rises = 0;
	bool late = false;

	for (unsigned int i = 1; i < g->n; i++) {
		if (values[i] <= values[i - 1])
			continue;
		if (g->slots[i].end_ns - before > most)
			return false;
		before = g->slots[i].end_ns;
		late = g->slots[i - 1].end_ns > late_ns;
		rises++;
	}
	return rises >= RISES && last - before <= most && late;
}

/* The value that is at this place when they are in order, which nobody needs them to be. */
static double nth(double *values, unsigned int n, unsigned int place)
{
	unsigned int first = 0, last = n - 1;

	while (first < last) {
		double middle = values[first + (last - first) / 2], value;
		unsigned int i = first, j = last;

		for (;;) {
			while (values[i] < middle)
				i++;
			while (values[j] > middle)
				j--;
			if (i >= j)
				break;
			value = values[i];
			values[i++] = values[j];
			values[j--] = value;
		}
		if (place <= j)
			last = j;
		else
			first = j + 1;
	}
	return values[place];
}

/*
 * Between all pairs: in how many percent of those that differ it rises, which is the
 * confidence, and the median of the slopes.
 */
static void measure(struct growth *g, const int64_t *left)
{
	unsigned int n = 0, up = 0, down = 0;
	double slopes[PAIRS];

	for (unsigned int i = 0; i < g->n; i++) {
		for (unsigned int j = i + 1; j < g->n; j++) {
			double ns = (double)(g->slots[j].end_ns - g->slots[i].end_ns);

			slopes[n++] = (double)(left[j] - left[i]) / ns * MINUTE;
			up += g->slots[j].low > g->slots[i].low;
			down += g->slots[j].low < g->slots[i].low;
		}
	}
	g->per_minute = nth(slopes, n, n / 2);
	g->confidence = up + down ? up * 100 / (up + down) : 0;
	g->rise = left[g->n - 1] - left[0];
}

static bool has_fallen(const struct growth *g)
{
	for (unsigned int i = 1; i < g->n; i++)
		if (g->slots[i].low < g->slots[i - 1].high)
			return true;
	return false;
}

/*
 * Whether the steps from slot to slot are more than chance. Those of a figure that wanders
 * about do not depend on each other, and their sum gets far; those of one that only trembles
 * undo each other, which makes its error small (Newey and West).
 */
static bool drifts(const struct growth *g)
{
	unsigned int n = g->n - 1;
	double steps[GROWTH_SLOTS], mean, variance = 0;

	mean = (double)(g->slots[n].low - g->slots[0].low) / n;
	for (unsigned int i = 0; i < n; i++)
		steps[i] = (double)(g->slots[i + 1].low - g->slots[i].low) - mean;
	for (unsigned int lag = 0; lag <= LAGS; lag++) {
		double weight = lag ? 2 * (1 - lag / (LAGS + 1.0)) : 1;

		for (unsigned int i = lag; i < n; i++)
			variance += weight * steps[i] * steps[i - lag] / n;
	}
	return mean > 0 && mean * mean * n >= ERRORS * ERRORS * variance;
}

static double slope(const struct growth_slot *from, const struct growth_slot *to)
{
	return (double)(to->low - from->low) / (double)(to->end_ns - from->end_ns);
}

/*
 * Whether a figure that never fell rises less and less, as one does that is on its way to a
 * plateau: from one third of the time to the next, where it has so many steps that this is not
 * chance, and from then on while it is still slower. One that has kept its pace for a whole
 * window has got over it.
 */
static bool slows_down(struct growth *g)
{
	const struct growth_slot *s = g->slots;
	unsigned int last = g->n - 1, third = last / 3, steps = 0;
	double early = slope(&s[0], &s[third]), middle = slope(&s[third], &s[last - third]);
	double late = slope(&s[last - third], &s[last]);

	for (unsigned int i = 0; i < last; i++)
		steps += s[i + 1].low > s[i].low;
	if (steps * 100 >= last * DENSE_PERCENT && early > SLOWER * middle &&
	    middle > SLOWER * late) {
		g->slowed = late;
		g->slowed_ns = s[last].end_ns;
		return true;
	}
	if (late < g->slowed)
		return true;
	if (s[0].end_ns >= g->slowed_ns)
		g->slowed = 0;
	return false;
}

static bool is_enough(struct growth *g, const struct growth_limits *limits)
{
	bool fallen = has_fallen(g);
	uint64_t least = limits->window_ns / 100 * (fallen ? FALLS_PERCENT : SPAN_PERCENT);

	if (g->n <= RISES || g->slots[g->n - 1].end_ns - g->slots[0].end_ns < least)
		return false;
	if (fallen)
		g->slowed = 0;
	return fallen ? drifts(g) : !slows_down(g);
}

static bool judge(struct growth *g, const struct growth_limits *limits)
{
	int64_t left[GROWTH_SLOTS], record[GROWTH_SLOTS], high = high_before(g);
	/* A start-up, or the first tooth of a saw, may take long. */
	uint64_t late_ns = g->since_ns + limits->window_ns / 4 * 3;

	if (!is_enough(g, limits))
		return false;
	for (unsigned int i = g->n; i--;)
		left[i] = i + 1 < g->n && left[i + 1] < g->slots[i].low ? left[i + 1]
									: g->slots[i].low;
	for (unsigned int i = 0; i < g->n; i++) {
		if (g->slots[i].high > high)
			high = g->slots[i].high;
		record[i] = high;
	}
	if (!rises_steadily(g, left, late_ns) || !rises_steadily(g, record, late_ns))
		return false;
	measure(g, left);
	return g->confidence >= limits->confidence && g->per_minute >= (double)limits->per_minute;
}

void growth_add(struct growth *g, const struct growth_limits *limits, uint64_t now_ns,
		int64_t value)
{
	bool grew;

	if (!g->begun_ns) {
		g->begun_ns = now_ns;
		if (!g->since_ns)
			g->since_ns = now_ns;
		g->now.low = g->now.high = value;
	}
	if (value < g->now.low)
		g->now.low = value;
	if (value > g->now.high)
		g->now.high = value;
	if (now_ns - g->begun_ns < limits->window_ns / GROWTH_SLOTS)
		return;
	if (g->n == GROWTH_SLOTS)
		drop_oldest(g);
	g->now.end_ns = now_ns;
	g->slots[g->n++] = g->now;
	g->begun_ns = now_ns;
	g->now.low = g->now.high = value;
	grew = g->rises;
	g->rises = judge(g, limits);
	if (g->rises && !grew)
		g->from_ns = g->slots[0].end_ns;
	g->certain = g->rises && now_ns - g->from_ns >= CERTAIN * limits->window_ns;
}

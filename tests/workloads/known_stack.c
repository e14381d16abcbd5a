/* SPDX-License-Identifier: MIT OR Apache-2.0 */
/*
 * A program whose user stack is known: main, first_step, second_step, third_step. Compiled with
 * frame pointers. Burns the given milliseconds of CPU there, then sleeps as long.
 */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static volatile unsigned long sink;

static long cpu_ms(void)
{
	struct timespec time;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

__attribute__((noinline)) void third_step(long ms)
{
	long end = cpu_ms() + ms;
	while (cpu_ms() < end)
		for (int turn = 0; turn < 1000000; turn++)
			sink += turn;
	for (long slept = 0; slept < ms; slept += 10)
		usleep(10000);
	sink++; /* keeps the call above from being the last, which a jump would do for */
}

__attribute__((noinline)) void second_step(long ms)
{
	third_step(ms);
	sink++;
}

__attribute__((noinline)) void first_step(long ms)
{
	second_step(ms);
	sink++;
}

int main(int count, char **arguments)
{
	first_step(count > 1 ? atol(arguments[1]) : 500);
	return 0;
}

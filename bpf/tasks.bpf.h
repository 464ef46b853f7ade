/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a task may lock, and has locked. For each pointer that a program follows by its type,
 * newer verifiers search the kernel's types by name four times: it is read as a word.
 */
#ifndef VFIOTOP_TASKS_BPF_H
#define VFIOTOP_TASKS_BPF_H

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "kernel.bpf.h"
#include "tables.bpf.h"
#include "words.bpf.h"

#define RLIMIT_MEMLOCK 8

/* Only where @word_type is not 0. */
static __always_inline __u64 word_behind(const struct task_struct *task, __u32 pointer, __u32 word)
{
	return word_cast(word_cast((__u64)task + pointer) + word);
}

/* Pages that the process has locked, 0 when it has no memory any more. */
static __always_inline __u64 task_locked(const struct task_struct *task)
{
	if (!word_type)
		return task->mm ? task->mm->locked_vm : 0;
	return word_behind(task, bpf_core_field_offset(struct task_struct, mm),
			   bpf_core_field_offset(struct mm_struct, locked_vm));
}

/* Likewise pinned, by those who count that. */
static __always_inline __u64 task_pinned(const struct task_struct *task)
{
	if (!word_type)
		return task->mm ? task->mm->pinned_vm.counter : 0;
	return word_behind(task, bpf_core_field_offset(struct task_struct, mm),
			   bpf_core_field_offset(struct mm_struct, pinned_vm));
}

/* How many it may lock. */
static __always_inline __u64 task_lock_limit(const struct task_struct *task)
{
	__u64 limit;

	if (word_type)
		limit = word_behind(
			task, bpf_core_field_offset(struct task_struct, signal),
			bpf_core_field_offset(struct signal_struct, rlim[RLIMIT_MEMLOCK].rlim_cur));
	else
		limit = task->signal->rlim[RLIMIT_MEMLOCK].rlim_cur;
	return limit == ~0ULL ? limit : limit >> page_shift;
}

#endif /* VFIOTOP_TASKS_BPF_H */

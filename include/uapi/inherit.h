/* SPDX-License-Identifier: MIT */
/*
 * What a task and its process have, and what becomes of each thing when the
 * task makes another one or runs another program (rows B17, C1, D10; clone(2),
 * execve(2), credentials(7)).  test/guest/process/inherited.c tries each row of
 * which it has a probe, here and on Linux.
 *
 *   fork, vfork,   what the new process, or the new thread, has
 *   thread
 *   exec           what the new program has
 *   gain           what a new program has that gains rights: set-user-id,
 *                  set-group-id or with capabilities of its own
 *
 * lt_spawn needs no column: its child is made as by vfork and executes the
 * program itself, so `vfork` holds, and then `exec` or `gain`.
 *
 * The last column lists the fields of struct task and struct process, and the
 * files of extensions that have a part there (kernel/task/part.h), without the
 * folder of a port.  Each field and each part stands in one row, so whoever adds
 * one decides here what exec does with it (tools/check_tree.py inherited).
 */
#ifndef UAPI_INHERIT_H
#define UAPI_INHERIT_H

enum inherit {
	NONE,		/* as in the first program of a new process */
	COPY,		/* the creator's value; later changes are one's own */
	SHARE,		/* one thing, which both change */
	KEEP,		/* as before the exec */
	ASKED,		/* as a flag of clone(2), the file or an option says */
};

#define INHERIT_ROWS(row) \
/*  name	     fork   vfork  thread exec   gain   fields */ \
row(registers,	     COPY,  COPY,  COPY,  NONE,  NONE,  "task.arch") \
row(memory,	     COPY,  SHARE, SHARE, NONE,  NONE,  "task.space") \
row(memory_locked,   NONE,  SHARE, SHARE, NONE,  NONE,  "") \
row(dumpable,	     COPY,  SHARE, SHARE, NONE,  ASKED, "") \
row(core_filter,     COPY,  SHARE, SHARE, KEEP,  KEEP, \
    "topics/coredump/coredump.c") \
row(thp_disable,     COPY,  SHARE, SHARE, KEEP,  KEEP,  "") \
row(descriptors,     COPY,  COPY,  SHARE, KEEP,  KEEP,  "task.files") \
row(close_on_exec,   COPY,  COPY,  SHARE, NONE,  NONE,  "") \
row(cwd,	     COPY,  COPY,  SHARE, KEEP,  KEEP,  "task.fs") \
row(umask,	     COPY,  COPY,  SHARE, KEEP,  KEEP,  "") \
row(io_priority,     COPY,  COPY,  COPY,  KEEP,  KEEP, \
    "topics/scheduling/ioprio.c") \
/* Rights: exec computes ids and capabilities from the file */ \
row(ids,	     COPY,  COPY,  COPY,  KEEP,  ASKED, "task.cred") \
row(no_new_privs,    COPY,  COPY,  COPY,  KEEP,  KEEP,  "") \
row(keep_caps,	     COPY,  COPY,  COPY,  NONE,  NONE,  "") \
row(securebits,	     COPY,  COPY,  COPY,  KEEP,  KEEP,  "") \
row(limits,	     COPY,  COPY,  SHARE, KEEP,  KEEP, \
    "task.limits process.limits") \
row(no_randomize,    COPY,  COPY,  COPY,  KEEP,  NONE,  "task.personality") \
row(compat_layout,   COPY,  COPY,  COPY,  KEEP,  NONE,  "") \
row(short_inode,     COPY,  COPY,  COPY,  KEEP,  KEEP,  "") \
row(parent_signal,   NONE,  NONE,  NONE,  KEEP,  NONE,  "task.pdeath_signal") \
/* a program that a tracer or a sharer of `cwd` could misuse gains nothing */ \
row(tracer,	     ASKED, ASKED, ASKED, KEEP,  KEEP,  "task.trace") \
row(tracees,	     NONE,  NONE,  NONE,  KEEP,  KEEP, \
    "task.tracees process.nr_tracees") \
row(named_tracer,    NONE,  NONE,  SHARE, KEEP,  KEEP,  "process.ptracer") \
/* Signals */ \
row(signal_mask,     COPY,  COPY,  COPY,  KEEP,  KEEP,  "task.blocked") \
row(handlers,	     COPY,  COPY,  SHARE, NONE,  NONE,  "task.sighand") \
row(ignored_signals, COPY,  COPY,  SHARE, KEEP,  KEEP,  "") \
row(pending_own,     NONE,  NONE,  NONE,  KEEP,  KEEP,  "task.pending") \
row(pending_shared,  NONE,  NONE,  SHARE, KEEP,  KEEP, \
    "process.pending compat/poll/signalfd.c") \
row(signal_stack,    COPY,  COPY,  NONE,  NONE,  NONE,  "task.altstack") \
row(exit_signal,     ASKED, ASKED, NONE,  NONE,  NONE,  "task.exit_signal") \
row(stop,	     NONE,  NONE,  SHARE, KEEP,  KEEP, \
    "process.stopped process.stop_signal process.stop_code " \
    "process.nr_stopping process.continued process.tell " \
    "process.stop_dequeued task.stop_due") \
/* Addresses of the old program that the kernel would store at or jump to */ \
row(rseq,	     COPY,  NONE,  NONE,  NONE,  NONE, \
    "topics/futexes/ops.c") \
row(robust_list,     NONE,  NONE,  NONE,  NONE,  NONE, \
    "topics/futexes/pi_chain.c") \
row(clear_child_tid, ASKED, ASKED, ASKED, NONE,  NONE, \
    "task.clear_child_tid task.set_child_tid") \
row(activation,	     NONE,  NONE,  NONE,  NONE,  NONE, \
    "topics/processes/activation.c") \
row(calls,	     COPY,  COPY,  COPY,  NONE,  NONE, \
    "task.calls task.syscall_table") \
/* Time and turns */ \
row(real_timer,	     NONE,  NONE,  SHARE, KEEP,  KEEP,  "") \
row(posix_timers,    NONE,  NONE,  SHARE, NONE,  NONE, \
    "compat/timers/itimer.c") \
row(timer_slack,     COPY,  COPY,  COPY,  KEEP,  KEEP, \
    "task.timer_slack task.default_slack") \
row(nice,	     COPY,  COPY,  COPY,  KEEP,  KEEP, \
    "task.nice task.fair task.plain task.grouped") \
row(policy,	     COPY,  COPY,  COPY,  KEEP,  KEEP, \
    "task.policy task.rt_priority task.rt_own " \
    "topics/scheduling/deadline.c") \
row(reset_on_fork,   NONE,  NONE,  NONE,  KEEP,  KEEP, \
    "task.reset_on_fork") \
row(affinity,	     COPY,  COPY,  COPY,  KEEP,  KEEP, \
    "task.affinity task.allowed") \
row(times,	     NONE,  NONE,  NONE,  KEEP,  KEEP, \
    "task.runtime task.utime task.stime task.waited task.turns " \
    "task.nvcsw task.nivcsw task.minflt task.majflt task.moved " \
    "task.syscalls task.interrupts task.asts task.wakeups task.started " \
    "task.last_run task.rt_ran task.turn_left process.utime " \
    "process.stime process.cutime process.cstime process.minflt " \
    "process.majflt process.nvcsw process.nivcsw process.cminflt " \
    "process.cmajflt process.cnvcsw process.cnivcsw process.moved " \
    "process.maxrss process.cmaxrss process.started") \
row(memory_policy,   COPY,  COPY,  COPY,  KEEP,  KEEP, \
    "topics/mappings/mempolicy.c") \
/* Place among others */ \
row(number,	     NONE,  NONE,  NONE,  KEEP,  KEEP, \
    "task.tid task.vtid process.pid process.vpid process.leader") \
row(name,	     COPY,  COPY,  COPY,  NONE,  NONE,  "task.comm") \
row(group,	     COPY,  COPY,  SHARE, KEEP,  KEEP, \
    "process.pgid process.group_link process.led process.sid " \
    "process.tty") \
row(parent,	     ASKED, ASKED, SHARE, KEEP,  KEEP, \
    "process.parent process.ppid process.creator_tid") \
row(children,	     NONE,  NONE,  SHARE, KEEP,  KEEP, \
    "process.children process.dead_children") \
row(subreaper,	     NONE,  NONE,  SHARE, KEEP,  KEEP, \
    "process.is_subreaper") \
row(oom_adjustment,  COPY,  COPY,  SHARE, KEEP,  KEEP, \
    "topics/oom/oom.c") \
row(control_group,   COPY,  COPY,  COPY,  KEEP,  KEEP, \
    "topics/cgroups/member.c") \
row(undo_list,	     NONE,  NONE,  ASKED, KEEP,  KEEP,  "compat/ipc/sem.c") \
row(coverage,	     NONE,  NONE,  NONE,  KEEP,  KEEP, \
    "topics/checkers/cover.c") \
row(namespaces,	     ASKED, ASKED, ASKED, KEEP,  KEEP, \
    "process.space process.nested process.unkillable " \
    "topics/namespaces/nsproxy.c") \
row(threads,	     NONE,  NONE,  SHARE, NONE,  NONE, \
    "task.process process.threads process.nr_threads process.nr_live") \
row(execs,	     NONE,  NONE,  SHARE, ASKED, ASKED, \
    "process.has_execed process.execs process.parent_execs " \
    "process.unborn task.flags") \
/* What belongs to a call, a wait or an end in progress */ \
row(progress,	     NONE,  NONE,  NONE,  NONE,  NONE, \
    "task.ast task.ipl task.in_interrupt task.irq_source " \
    "task.preempted task.no_faults task.refused_order " \
    "task.refused_times task.refused_call task.ipl_pending task.resched " \
    "task.irq_deferred task.state task.cpu task.kstack task.kthread " \
    "task.refs task.nr_locks task.run_link task.queued task.turn_over " \
    "task.rt_lent task.rt_due task.rt_due_lent task.all_link " \
    "task.thread_link task.mended task.sleep_timer task.timed_out " \
    "task.wchan task.saved_mask task.awaited task.pinned task.restart " \
    "task.restart_data task.endings task.works task.vfork_done " \
    "task.exit_code task.trace_syscall task.held task.peeks " \
    "process.refs process.nr_leaving process.exec_task process.sibling " \
    "process.all_link process.serial process.hung_up_pgid process.exec_setid " \
    "process.core process.nr_zombies process.wait_child " \
    "process.wait_exit process.killed process.exiting " \
    "process.exit_code process.zombie process.reaped " \
    "topics/scheduling/asmp.c topics/rv32/narrow_lent.c")

#endif

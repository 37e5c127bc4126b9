/* SPDX-License-Identifier: MIT */
/*
 * The calls that sleep for nobody: they wait for the kernel's own work at
 * most, such as a lock, a page, or the ends of one's other threads.  All other
 * calls are in the table of sleepers.h; ./lectern update adds those that are in
 * neither here, and interrupted_calls.c compares both with the system calls
 * there are.  lt_activation_park never returns: what signals do then is a matter
 * of topics/processes/upcalls.c.
 */
#ifndef TEST_BLOCKING_H
#define TEST_BLOCKING_H

static const char never_sleeps[] =
	"_llseek access acct adjtimex alarm bind brk capget capset chdir "
	"chmod chown chown32 chroot clock_adjtime clock_adjtime64 "
	"clock_getres clock_getres_time64 clock_gettime clock_gettime64 "
	"clock_settime clock_settime64 close close_range copy_file_range "
	"delete_module dup dup2 dup3 epoll_create epoll_create1 epoll_ctl "
	"eventfd eventfd2 execve execveat exit exit_group faccessat "
	"faccessat2 fadvise64 fadvise64_64 fallocate fanotify_init fchdir "
	"fchmod fchmodat fchmodat2 fchown fchown32 fchownat fdatasync "
	"fgetxattr finit_module flistxattr fork fremovexattr fsetxattr "
	"fsmount fsopen fspick fstat fstat64 fstatat64 fstatfs fstatfs64 "
	"fsync ftruncate ftruncate64 futimesat get_mempolicy get_robust_list "
	"get_thread_area getcpu getcwd getdents getdents64 getegid getegid32 "
	"geteuid geteuid32 getgid getgid32 getgroups getgroups32 getitimer "
	"getpeername getpgid getpgrp getpid getppid getpriority getrandom "
	"getresgid getresgid32 getresuid getresuid32 getrlimit getrusage "
	"getsid getsockname getsockopt gettid gettimeofday getuid getuid32 "
	"getxattr init_module inotify_add_watch inotify_init inotify_init1 "
	"inotify_rm_watch ioctl ioprio_get ioprio_set kcmp kexec_load kill "
	"lchown lchown32 lgetxattr link linkat listen listxattr llistxattr "
	"lremovexattr lseek lsetxattr lstat lstat64 lt_activation_begin "
	"lt_activation_park lt_activation_poll lt_spawn lt_vm_commit "
	"lt_vm_decommit lt_vm_protect lt_vm_query lt_vm_release lt_vm_reserve "
	"madvise mbind membarrier memfd_create migrate_pages mincore mkdir "
	"mkdirat mknod mknodat mlock mlock2 mlockall mmap mmap2 mount "
	"move_mount move_pages mprotect mremap msgctl msgget msync munlock "
	"munlockall munmap newfstatat nice open_by_handle_at personality "
	"pidfd_getfd pidfd_open pidfd_send_signal pipe pipe2 pivot_root prctl "
	"pread64 preadv prlimit64 process_madvise process_vm_readv "
	"process_vm_writev ptrace pwrite64 pwritev readahead readlink "
	"readlinkat reboot removexattr rename renameat renameat2 "
	"restart_syscall riscv_flush_icache riscv_hwprobe rmdir rseq "
	"rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo "
	"rt_sigreturn rt_tgsigqueueinfo sched_get_priority_max "
	"sched_get_priority_min sched_getaffinity sched_getattr "
	"sched_getparam sched_getscheduler sched_rr_get_interval "
	"sched_rr_get_interval_time64 sched_setaffinity sched_setattr "
	"sched_setparam sched_setscheduler sched_yield semctl semget "
	"set_mempolicy set_robust_list set_thread_area set_tid_address "
	"setdomainname setfsgid setfsgid32 setfsuid setfsuid32 setgid "
	"setgid32 setgroups setgroups32 sethostname setitimer setns setpgid "
	"setpriority setregid setregid32 setresgid setresgid32 setresuid "
	"setresuid32 setreuid setreuid32 setrlimit setsid setsockopt "
	"settimeofday setuid setuid32 setxattr sgetmask shmat shmctl shmdt "
	"shmget shutdown sigaction sigaltstack signal signalfd signalfd4 "
	"sigpending sigprocmask sigreturn socket socketpair ssetmask stat "
	"stat64 statfs statfs64 statx stime swapoff swapon symlink symlinkat "
	"sync sync_file_range syncfs sysinfo syslog tgkill time timer_create "
	"timer_delete timer_getoverrun timer_gettime timer_gettime64 "
	"timer_settime timer_settime64 timerfd_create timerfd_gettime "
	"timerfd_gettime64 timerfd_settime timerfd_settime64 times tkill "
	"truncate truncate64 ugetrlimit umask umount umount2 uname unlink "
	"unlinkat unshare utime utimensat utimensat_time64 utimes vhangup";

#endif

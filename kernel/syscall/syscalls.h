/* SPDX-License-Identifier: MIT */
/*
 * Prototypes of all system-call handlers, by the folder that owns them, in
 * the order of syscalls.tbl.  Every argument is a machine word or narrower,
 * but for file offsets: the generated entries put those together from one or
 * two words.  Each returns the result or -errno.  A handler declared here
 * that no file defines answers ENOSYS.
 */
#ifndef KERNEL_SYSCALL_SYSCALLS_H
#define KERNEL_SYSCALL_SYSCALLS_H

#include <kernel/debug/census.h>
#include <lt/types.h>

struct trapframe;

/* ---- the generated table (tools/syscalls.py) ------------------------ */

typedef long (*syscall_entry_t)(struct trapframe *tf);

/* Entries of each table by number, with room: a constant costs no load. */
#define SYSCALL_COUNT 512
extern syscall_entry_t const syscall_table[];	/* by number */
/* Lectern's own calls: outside Linux's numbers, the same on every machine. */
#define NATIVE_FIRST 0x4c540001ul
extern syscall_entry_t const native_table[];	/* by number - NATIVE_FIRST */
extern const unsigned native_count;
/* All entries are syscall_event(), which records and calls the real one. */
extern syscall_entry_t const syscall_event_table[];
long syscall_event(struct trapframe *tf);
void syscall_trace_events(bool on);
/* Likewise of syscall_traced(), which stops for the tracer. */
extern syscall_entry_t const syscall_traced_table[];
long syscall_traced(struct trapframe *tf);
struct task;
/* Send t's calls there, or where those of all tasks go.  => [tree_lock] */
void syscall_table_of(struct task *t, bool traced);
/* asmp: every call goes through asmp_enter().  => before the first program */
void syscall_serve_on_master(void);
extern const unsigned syscall_nr_restart;	/* of restart_syscall(2) */

/*
 * For tracing: the name, and a letter an argument word: d int, u unsigned,
 * o octal, x hex, l long, z size, p pointer, s string, - high half before.
 */
struct syscall_info {
	const char *name;			/* NULL: no such call */
	const char *args;
	struct census_slot slots[CENSUS_SLOTS];
};
extern const struct syscall_info syscall_info[];

/* A number without a handler: ENOSYS, and a line in the log the first time. */
long syscall_missing(struct trapframe *tf);
long syscall_unwritten(void);
/*
 * `trace=syscalls` and `trace=census`.
 * => called once, before the first user program
 */
void syscall_trace_init(void);

/* ---- fs/ --------------------------------------------------------------- */

long sys_read(int fd, uaddr_t buf, unsigned long count);
long sys_write(int fd, uaddr_t buf, unsigned long count);
long sys_readv(int fd, uaddr_t iov, unsigned long n);
long sys_writev(int fd, uaddr_t iov, unsigned long n);
long sys_pread64(int fd, uaddr_t buf, unsigned long count, loff_t pos);
long sys_pwrite64(int fd, uaddr_t buf, unsigned long count, loff_t pos);
long sys_preadv(int fd, uaddr_t iov, unsigned long n, loff_t pos);
long sys_pwritev(int fd, uaddr_t iov, unsigned long n, loff_t pos);
long sys_preadv2(int fd, uaddr_t iov, unsigned long n, loff_t pos,
		unsigned flags);
long sys_pwritev2(int fd, uaddr_t iov, unsigned long n, loff_t pos,
		unsigned flags);
long sys_open(uaddr_t path, unsigned flags, unsigned mode);
long sys_creat(uaddr_t path, unsigned mode);
long sys_openat(int dirfd, uaddr_t path, unsigned flags, unsigned mode);
long sys_openat2(int dirfd, uaddr_t path, uaddr_t how, unsigned long size);
long sys_close(int fd);
long sys_close_range(unsigned first, unsigned last, unsigned flags);
long sys_dup(int fd);
long sys_dup2(int fd, int to);
long sys_dup3(int fd, int to, unsigned flags);
long sys_fcntl(int fd, unsigned cmd, unsigned long arg);
long sys_flock(int fd, unsigned op);
long sys_ioctl(int fd, unsigned cmd, unsigned long arg);
long sys_lseek(int fd, loff_t off, int whence);
long sys_access(uaddr_t path, int mode);
long sys_faccessat(int dirfd, uaddr_t path, int mode);
long sys_faccessat2(int dirfd, uaddr_t path, int mode, int flags);
long sys_chmod(uaddr_t path, unsigned mode);
long sys_fchmod(int fd, unsigned mode);
long sys_fchmodat(int dirfd, uaddr_t path, unsigned mode);
long sys_fchmodat2(int dirfd, uaddr_t path, unsigned mode, unsigned flags);
long sys_fchown(int fd, unsigned uid, unsigned gid);
long sys_fchownat(int dirfd, uaddr_t path, unsigned uid, unsigned gid,
		int flags);
long sys_chown(uaddr_t path, unsigned uid, unsigned gid);
long sys_lchown(uaddr_t path, unsigned uid, unsigned gid);
long sys_umask(unsigned mode);
long sys_mknod(uaddr_t path, unsigned mode, unsigned dev);
long sys_mknodat(int dirfd, uaddr_t path, unsigned mode, unsigned dev);
long sys_mkdir(uaddr_t path, unsigned mode);
long sys_mkdirat(int dirfd, uaddr_t path, unsigned mode);
long sys_rmdir(uaddr_t path);
long sys_unlink(uaddr_t path);
long sys_unlinkat(int dirfd, uaddr_t path, int flags);
long sys_symlink(uaddr_t target, uaddr_t path);
long sys_symlinkat(uaddr_t target, int dirfd, uaddr_t path);
long sys_link(uaddr_t old, uaddr_t new);
long sys_linkat(int olddirfd, uaddr_t old, int newdirfd, uaddr_t new,
		int flags);
long sys_rename(uaddr_t old, uaddr_t new);
long sys_renameat(int olddirfd, uaddr_t old, int newdirfd, uaddr_t new);
long sys_renameat2(int olddirfd, uaddr_t old, int newdirfd, uaddr_t new,
		unsigned flags);
long sys_readlink(uaddr_t path, uaddr_t buf, int size);
long sys_readlinkat(int dirfd, uaddr_t path, uaddr_t buf, int size);
long sys_truncate(uaddr_t path, loff_t len);
long sys_ftruncate(int fd, loff_t len);
long sys_fallocate(int fd, int mode, loff_t pos, loff_t len);
long sys_fadvise64(int fd, loff_t pos, loff_t len, int advice);
long sys_readahead(int fd, loff_t pos, unsigned long count);
long sys_sync_file_range(int fd, loff_t pos, loff_t len, unsigned flags);
long sys_getdents64(int fd, uaddr_t buf, unsigned count);
long sys_getdents(int fd, uaddr_t buf, unsigned count);
long sys_getcwd(uaddr_t buf, unsigned long size);
long sys_chdir(uaddr_t path);
long sys_fchdir(int fd);
long sys_chroot(uaddr_t path);
long sys_mount(uaddr_t source, uaddr_t target, uaddr_t type,
		unsigned long flags, uaddr_t data);
long sys_umount2(uaddr_t target, int flags);
long sys_pivot_root(uaddr_t new_root, uaddr_t put_old);
long sys_statfs(uaddr_t path, uaddr_t buf);
long sys_fstatfs(int fd, uaddr_t buf);
long sys_newfstatat(int dirfd, uaddr_t path, uaddr_t buf, int flags);
long sys_fstat(int fd, uaddr_t buf);
long sys_statx(int dirfd, uaddr_t path, unsigned flags, unsigned mask,
		uaddr_t buf);
long sys_utimensat(int dirfd, uaddr_t path, uaddr_t times, int flags);
long sys_pipe(uaddr_t fds);
long sys_pipe2(uaddr_t fds, unsigned flags);
long sys_sendfile64(int out, int in, uaddr_t off, unsigned long count);
long sys_copy_file_range(int in, uaddr_t inoff, int out, uaddr_t outoff,
		unsigned long len, unsigned flags);
long sys_splice(int in, uaddr_t inoff, int out, uaddr_t outoff,
		unsigned long len, unsigned flags);
long sys_tee(int in, int out, unsigned long len, unsigned flags);
long sys_vmsplice(int fd, uaddr_t iov, unsigned long n, unsigned flags);
long sys_sync(void);
long sys_vhangup(void);
long sys_syncfs(int fd);
long sys_fsync(int fd);
long sys_fdatasync(int fd);
long sys_memfd_create(uaddr_t name, unsigned flags);
long sys_poll(uaddr_t fds, unsigned n, int timeout);
long sys_ppoll(uaddr_t fds, unsigned n, uaddr_t timeout, uaddr_t mask,
		unsigned long size);
long sys_pselect6(int n, uaddr_t in, uaddr_t out, uaddr_t ex, uaddr_t timeout,
		uaddr_t mask);
long sys_epoll_create(int size);
long sys_epoll_create1(unsigned flags);
long sys_epoll_ctl(int ep, int op, int fd, uaddr_t event);
long sys_epoll_wait(int ep, uaddr_t events, int max, int timeout);
long sys_epoll_pwait(int ep, uaddr_t events, int max, int timeout, uaddr_t mask,
		unsigned long size);
long sys_epoll_pwait2(int ep, uaddr_t events, int max, uaddr_t timeout,
		uaddr_t mask, unsigned long size);
long sys_eventfd(unsigned count);
long sys_eventfd2(unsigned count, unsigned flags);
long sys_signalfd4(int fd, uaddr_t mask, unsigned long size, unsigned flags);
long sys_signalfd(int fd, uaddr_t mask, unsigned long size);
long sys_timerfd_create(int clock, int flags);
long sys_timerfd_settime(int fd, int flags, uaddr_t new, uaddr_t old);
long sys_timerfd_gettime(int fd, uaddr_t cur);
long sys_inotify_init1(int flags);
long sys_inotify_init(void);
long sys_inotify_add_watch(int fd, uaddr_t path, unsigned mask);
long sys_inotify_rm_watch(int fd, int wd);
long sys_getxattr(uaddr_t path, uaddr_t name, uaddr_t value,
		unsigned long size);
long sys_lgetxattr(uaddr_t path, uaddr_t name, uaddr_t value,
		unsigned long size);
long sys_fgetxattr(int fd, uaddr_t name, uaddr_t value, unsigned long size);
long sys_setxattr(uaddr_t path, uaddr_t name, uaddr_t value, unsigned long size,
		int flags);
long sys_lsetxattr(uaddr_t path, uaddr_t name, uaddr_t value,
		unsigned long size, int flags);
long sys_fsetxattr(int fd, uaddr_t name, uaddr_t value, unsigned long size,
		int flags);
long sys_listxattr(uaddr_t path, uaddr_t list, unsigned long size);
long sys_llistxattr(uaddr_t path, uaddr_t list, unsigned long size);
long sys_flistxattr(int fd, uaddr_t list, unsigned long size);
long sys_removexattr(uaddr_t path, uaddr_t name);
long sys_lremovexattr(uaddr_t path, uaddr_t name);
long sys_fremovexattr(int fd, uaddr_t name);

/* ---- mm/ --------------------------------------------------------------- */

long sys_brk(uaddr_t addr);
long sys_mmap(uaddr_t addr, unsigned long len, unsigned long prot,
		unsigned long flags, int fd, loff_t off);
long sys_munmap(uaddr_t addr, unsigned long len);
long sys_mprotect(uaddr_t addr, unsigned long len, unsigned long prot);
long sys_mremap(uaddr_t addr, unsigned long oldlen, unsigned long newlen,
		unsigned long flags, uaddr_t newaddr);
long sys_madvise(uaddr_t addr, unsigned long len, int advice);
long sys_msync(uaddr_t addr, unsigned long len, int flags);
long sys_mincore(uaddr_t addr, unsigned long len, uaddr_t vec);
long sys_mlock(uaddr_t addr, unsigned long len);
long sys_mlock2(uaddr_t addr, unsigned long len, int flags);
long sys_munlock(uaddr_t addr, unsigned long len);
long sys_mlockall(int flags);
long sys_munlockall(void);
long sys_membarrier(int cmd, unsigned flags, int cpu);
long sys_process_vm_readv(int pid, uaddr_t lvec, unsigned long nl, uaddr_t rvec,
		unsigned long nr, unsigned long flags);
long sys_process_vm_writev(int pid, uaddr_t lvec, unsigned long nl,
		uaddr_t rvec, unsigned long nr, unsigned long flags);
long sys_process_madvise(int pidfd, uaddr_t vec, unsigned long n, int advice,
		unsigned flags);

/* ---- kernel/exec/ ------------------------------------------------------ */

long sys_execve(uaddr_t path, uaddr_t argv, uaddr_t envp);
long sys_execveat(int dirfd, uaddr_t path, uaddr_t argv, uaddr_t envp,
		int flags);
long sys_personality(unsigned persona);

/* ---- kernel/signal/ ---------------------------------------------------- */

long sys_rt_sigaction(int sig, uaddr_t act, uaddr_t old, unsigned long size);
long sys_rt_sigprocmask(int how, uaddr_t set, uaddr_t old, unsigned long size);
long sys_rt_sigpending(uaddr_t set, unsigned long size);
long sys_rt_sigsuspend(uaddr_t mask, unsigned long size);
long sys_rt_sigtimedwait(uaddr_t set, uaddr_t info, uaddr_t timeout,
		unsigned long size);
long sys_rt_sigqueueinfo(int pid, int sig, uaddr_t info);
long sys_rt_tgsigqueueinfo(int tgid, int tid, int sig, uaddr_t info);
long sys_rt_sigreturn(void);
long sys_restart_syscall(void);
long sys_kill(int pid, int sig);
long sys_tkill(int tid, int sig);
long sys_tgkill(int tgid, int tid, int sig);
long sys_sigaltstack(uaddr_t ss, uaddr_t old);
long sys_pause(void);

/* ---- kernel/ ----------------------------------------------------------- */

long sys_exit(int code);
long sys_exit_group(int code);
long sys_fork(void);
long sys_vfork(void);
long sys_clone(unsigned long flags, uaddr_t stack, uaddr_t ptid, uaddr_t tls,
		uaddr_t ctid);
long sys_clone3(uaddr_t args, unsigned long size);
long sys_wait4(int pid, uaddr_t status, int options, uaddr_t rusage);
long sys_waitid(int which, int id, uaddr_t info, int options, uaddr_t rusage);
long sys_set_tid_address(uaddr_t addr);
long sys_getpid(void);
long sys_getppid(void);
long sys_gettid(void);
long sys_getpgid(int pid);
long sys_setpgid(int pid, int pgid);
long sys_getsid(int pid);
long sys_setsid(void);
long sys_getpgrp(void);
long sys_getuid(void);
long sys_geteuid(void);
long sys_getgid(void);
long sys_getegid(void);
long sys_setuid(unsigned uid);
long sys_setgid(unsigned gid);
long sys_setreuid(unsigned ruid, unsigned euid);
long sys_setregid(unsigned rgid, unsigned egid);
long sys_setresuid(unsigned ruid, unsigned euid, unsigned suid);
long sys_setresgid(unsigned rgid, unsigned egid, unsigned sgid);
long sys_getresuid(uaddr_t ruid, uaddr_t euid, uaddr_t suid);
long sys_getresgid(uaddr_t rgid, uaddr_t egid, uaddr_t sgid);
long sys_setfsuid(unsigned uid);
long sys_setfsgid(unsigned gid);
long sys_getgroups(int n, uaddr_t list);
long sys_setgroups(int n, uaddr_t list);
long sys_capget(uaddr_t hdr, uaddr_t data);
long sys_capset(uaddr_t hdr, uaddr_t data);
long sys_prctl(int op, unsigned long a, unsigned long b, unsigned long c,
		unsigned long d);
long sys_uname(uaddr_t buf);
long sys_sethostname(uaddr_t name, int len);
long sys_setdomainname(uaddr_t name, int len);
long sys_sysinfo(uaddr_t buf);
long sys_syslog(int type, uaddr_t buf, int len);
long sys_reboot(unsigned magic1, unsigned magic2, unsigned cmd, uaddr_t arg);
long sys_getrandom(uaddr_t buf, unsigned long count, unsigned flags);
long sys_getcpu(uaddr_t cpu, uaddr_t node, uaddr_t unused);
long sys_getrlimit(unsigned resource, uaddr_t rlim);
long sys_setrlimit(unsigned resource, uaddr_t rlim);
long sys_prlimit64(int pid, unsigned resource, uaddr_t new, uaddr_t old);
long sys_getrusage(int who, uaddr_t rusage);
long sys_times(uaddr_t buf);
long sys_getpriority(int which, int who);
long sys_setpriority(int which, int who, int nice);
long sys_nice(int inc);
long sys_sched_yield(void);
long sys_sched_getaffinity(int pid, unsigned size, uaddr_t mask);
long sys_sched_setaffinity(int pid, unsigned size, uaddr_t mask);
long sys_sched_getscheduler(int pid);
long sys_sched_setscheduler(int pid, int policy, uaddr_t param);
long sys_sched_setattr(int pid, uaddr_t attr, unsigned flags);
long sys_sched_getattr(int pid, uaddr_t attr, unsigned size, unsigned flags);
long sys_sched_getparam(int pid, uaddr_t param);
long sys_sched_setparam(int pid, uaddr_t param);
long sys_sched_get_priority_max(int policy);
long sys_sched_get_priority_min(int policy);
long sys_sched_rr_get_interval(int pid, uaddr_t ts);
long sys_futex(uaddr_t addr, int op, unsigned val, uaddr_t timeout,
		uaddr_t addr2, unsigned val3);
long sys_rseq(uaddr_t at, unsigned len, int flags, unsigned sig);
long sys_set_robust_list(uaddr_t head, unsigned long len);
long sys_get_robust_list(int pid, uaddr_t head, uaddr_t len);
long sys_nanosleep(uaddr_t req, uaddr_t rem);
long sys_clock_nanosleep(int clock, int flags, uaddr_t req, uaddr_t rem);
long sys_clock_gettime(int clock, uaddr_t ts);
long sys_clock_settime(int clock, uaddr_t ts);
long sys_clock_adjtime(int clock, uaddr_t timex);
long sys_adjtimex(uaddr_t timex);
long sys_clock_getres(int clock, uaddr_t ts);
long sys_gettimeofday(uaddr_t tv, uaddr_t tz);
long sys_settimeofday(uaddr_t tv, uaddr_t tz);
long sys_getitimer(int which, uaddr_t value);
long sys_setitimer(int which, uaddr_t new, uaddr_t old);
long sys_alarm(unsigned seconds);
long sys_timer_create(int clock, uaddr_t event, uaddr_t id);
long sys_timer_delete(int id);
long sys_timer_getoverrun(int id);
long sys_timer_gettime(int id, uaddr_t value);
long sys_timer_settime(int id, int flags, uaddr_t new, uaddr_t old);
/* Times in 32-bit words: these too are written beside their 64-bit forms. */
long sys_futex_waitv(uaddr_t waiters, unsigned n, unsigned flags,
		     uaddr_t timeout, int clock);
long sys_futex_time32(uaddr_t addr, int op, unsigned val, uaddr_t timeout,
		uaddr_t addr2, unsigned val3);
long sys_nanosleep_time32(uaddr_t req, uaddr_t rem);
long sys_clock_nanosleep_time32(int clock, int flags, uaddr_t req, uaddr_t rem);
long sys_clock_gettime_time32(int clock, uaddr_t ts);
long sys_clock_settime_time32(int clock, uaddr_t ts);
long sys_clock_adjtime_time32(int clock, uaddr_t timex);
long sys_adjtimex_time32(uaddr_t timex);
long sys_clock_getres_time32(int clock, uaddr_t ts);
long sys_time_time32(uaddr_t t);
long sys_stime_time32(uaddr_t t);
long sys_timer_gettime_time32(int id, uaddr_t value);
long sys_timer_settime_time32(int id, int flags, uaddr_t new, uaddr_t old);
long sys_sched_rr_get_interval_time32(int pid, uaddr_t ts);
long sys_semget(int key, int n, int flags);
long sys_semctl(int id, int num, int cmd, unsigned long arg);
long sys_semop(int id, uaddr_t ops, unsigned n);
long sys_semtimedop(int id, uaddr_t ops, unsigned n, uaddr_t timeout);
long sys_semtimedop_time32(int id, uaddr_t ops, unsigned n, uaddr_t timeout);
long sys_mq_open(uaddr_t name, int flags, unsigned mode, uaddr_t attr);
long sys_mq_unlink(uaddr_t name);
long sys_mq_timedsend(int mqd, uaddr_t text, unsigned long size,
		      unsigned prio, uaddr_t timeout);
long sys_mq_timedreceive(int mqd, uaddr_t text, unsigned long size,
			 uaddr_t prio, uaddr_t timeout);
long sys_mq_notify(int mqd, uaddr_t event);
long sys_mq_getsetattr(int mqd, uaddr_t new, uaddr_t old);
long sys_msgget(int key, int flags);
long sys_msgctl(int id, int cmd, uaddr_t buf);
long sys_msgsnd(int id, uaddr_t from, unsigned long size, int flags);
long sys_msgrcv(int id, uaddr_t to, unsigned long size, long type, int flags);
long sys_shmget(int key, unsigned long size, int flags);
long sys_shmctl(int id, int cmd, uaddr_t buf);
long sys_shmat(int id, uaddr_t at, int flags);
long sys_shmdt(uaddr_t at);
long sys_ipc(unsigned call, int first, unsigned long second,
	     unsigned long third, uaddr_t ptr, unsigned long fifth);
long sys_ioprio_set(int which, int who, int prio);
long sys_ioprio_get(int which, int who);
long sys_ptrace(long req, long pid, unsigned long addr, unsigned long data);
long sys_kcmp(int pid1, int pid2, int type, unsigned long a, unsigned long b);
long sys_pidfd_open(int pid, unsigned flags);
long sys_pidfd_send_signal(int pidfd, int sig, uaddr_t info, unsigned flags);
long sys_pidfd_getfd(int pidfd, int fd, unsigned flags);
long sys_unshare(unsigned long flags);

/* ---- sockets (kernel/syscall/) ----------------------------------------- */

long sys_socket(int family, int type, int protocol);
long sys_socketpair(int family, int type, int protocol, uaddr_t fds);
long sys_bind(int fd, uaddr_t addr, int len);
long sys_listen(int fd, int backlog);
long sys_accept(int fd, uaddr_t addr, uaddr_t len);
long sys_accept4(int fd, uaddr_t addr, uaddr_t len, int flags);
long sys_connect(int fd, uaddr_t addr, int len);
long sys_getsockname(int fd, uaddr_t addr, uaddr_t len);
long sys_getpeername(int fd, uaddr_t addr, uaddr_t len);
long sys_sendto(int fd, uaddr_t buf, unsigned long count, unsigned flags,
		uaddr_t addr, int len);
long sys_recvfrom(int fd, uaddr_t buf, unsigned long count, unsigned flags,
		uaddr_t addr, uaddr_t len);
long sys_setsockopt(int fd, int level, int name, uaddr_t value, int len);
long sys_getsockopt(int fd, int level, int name, uaddr_t value, uaddr_t len);
long sys_shutdown(int fd, int how);
long sys_sendmsg(int fd, uaddr_t msg, unsigned flags);
long sys_recvmsg(int fd, uaddr_t msg, unsigned flags);
long sys_sendmmsg(int fd, uaddr_t msgs, unsigned n, unsigned flags);
long sys_recvmmsg(int fd, uaddr_t msgs, unsigned n, unsigned flags,
		  uaddr_t timeout);

/* ---- the port ---------------------------------------------------------- */

long sys_set_thread_area(uaddr_t desc);
long sys_get_thread_area(uaddr_t desc);
long sys_riscv_flush_icache(uaddr_t start, uaddr_t end, unsigned long flags);
long sys_riscv_hwprobe(uaddr_t pairs, unsigned long n, unsigned long size,
		       uaddr_t cpus, unsigned flags);

/* ---- kernel/syscall/compat32.c: 32-bit legacy layouts -------------- */

long sys_fcntl_old(int fd, unsigned cmd, unsigned long arg);
long sys_fcntl64(int fd, unsigned cmd, unsigned long arg);
long sys_llseek(int fd, unsigned long hi, unsigned long lo, uaddr_t result,
		int whence);
long sys_chown16(uaddr_t path, unsigned uid, unsigned gid);
long sys_fchown16(int fd, unsigned uid, unsigned gid);
long sys_lchown16(uaddr_t path, unsigned uid, unsigned gid);
long sys_fadvise64_32(int fd, unsigned long poslo, unsigned long poshi,
		unsigned long len, int advice);
long sys_oldumount(uaddr_t target);
long sys_statfs32(uaddr_t path, uaddr_t buf);
long sys_fstatfs32(int fd, uaddr_t buf);
long sys_statfs64(uaddr_t path, unsigned long size, uaddr_t buf);
long sys_fstatfs64(int fd, unsigned long size, uaddr_t buf);
long sys_stat32(uaddr_t path, uaddr_t buf);
long sys_lstat32(uaddr_t path, uaddr_t buf);
long sys_fstat32(int fd, uaddr_t buf);
long sys_stat64(uaddr_t path, uaddr_t buf);
long sys_lstat64(uaddr_t path, uaddr_t buf);
long sys_utimensat_time32(int dirfd, uaddr_t path, uaddr_t times, int flags);
long sys_utimes_time32(uaddr_t path, uaddr_t times);
long sys_utime_time32(uaddr_t path, uaddr_t times);
long sys_futimesat_time32(int dirfd, uaddr_t path, uaddr_t times);
long sys_sendfile32(int out, int in, uaddr_t off, unsigned long count);
long sys_recvmmsg_time32(int fd, uaddr_t msgs, unsigned n, unsigned flags,
			 uaddr_t timeout);
long sys_ppoll_time32(uaddr_t fds, unsigned n, uaddr_t timeout, uaddr_t mask,
		unsigned long size);
long sys_pselect6_time32(int n, uaddr_t in, uaddr_t out, uaddr_t ex,
		uaddr_t timeout, uaddr_t mask);
long sys_select_time32(int n, uaddr_t in, uaddr_t out, uaddr_t ex,
		uaddr_t timeout);
long sys_old_select(uaddr_t args);
long sys_timerfd_settime_time32(int fd, int flags, uaddr_t new, uaddr_t old);
long sys_timerfd_gettime_time32(int fd, uaddr_t cur);
long sys_mq_timedsend_time32(int mqd, uaddr_t text, unsigned long size,
			     unsigned prio, uaddr_t timeout);
long sys_mq_timedreceive_time32(int mqd, uaddr_t text, unsigned long size,
				uaddr_t prio, uaddr_t timeout);
long sys_mmap2(uaddr_t addr, unsigned long len, unsigned long prot,
		unsigned long flags, int fd, unsigned long pgoff);
long sys_old_mmap(uaddr_t args);
long sys_rt_sigtimedwait_time32(uaddr_t set, uaddr_t info, uaddr_t timeout,
		unsigned long size);
long sys_sigaction(int sig, uaddr_t act, uaddr_t old);
long sys_sigprocmask(int how, uaddr_t set, uaddr_t old);
long sys_sigpending(uaddr_t set);
long sys_sigsuspend(int unused1, int unused2, unsigned long mask);
long sys_sigreturn(void);
long sys_signal(int sig, uaddr_t handler);
long sys_sgetmask(void);
long sys_ssetmask(int mask);
long sys_spawn(uaddr_t args, unsigned long size);
long sys_join(int id);
long sys_waitpid(int pid, uaddr_t status, int options);
long sys_getuid16(void);
long sys_geteuid16(void);
long sys_getgid16(void);
long sys_getegid16(void);
long sys_setuid16(unsigned uid);
long sys_setgid16(unsigned gid);
long sys_setreuid16(unsigned ruid, unsigned euid);
long sys_setregid16(unsigned rgid, unsigned egid);
long sys_setresuid16(unsigned ruid, unsigned euid, unsigned suid);
long sys_setresgid16(unsigned rgid, unsigned egid, unsigned sgid);
long sys_getresuid16(uaddr_t ruid, uaddr_t euid, uaddr_t suid);
long sys_getresgid16(uaddr_t rgid, uaddr_t egid, uaddr_t sgid);
long sys_setfsuid16(unsigned uid);
long sys_setfsgid16(unsigned gid);
long sys_getgroups16(int n, uaddr_t list);
long sys_setgroups16(int n, uaddr_t list);
long sys_old_getrlimit(unsigned resource, uaddr_t rlim);
long sys_socketcall(int call, uaddr_t args);

#endif

/* SPDX-License-Identifier: (GPL-2.0-only OR BSD-2-Clause) */
/* The kernel fields that the probes read, and no others. Each is relocated at load time. */
#pragma once

#include <linux/bpf.h>
#include <linux/types.h>
#include <stdbool.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

/* The kernel's numbers of these are looked up at load time, too. */
enum pageflags { PG_head };

enum wb_reason {
	WB_REASON_BACKGROUND,
	WB_REASON_VMSCAN,
	WB_REASON_SYNC,
	WB_REASON_PERIODIC,
	WB_REASON_LAPTOP_TIMER,
	WB_REASON_FS_FREE_SPACE,
	WB_REASON_FORKER_THREAD,
	WB_REASON_FOREIGN_FLUSH,
};

/* Linux 6.11 and later. */
enum rqf_flags { __RQF_STARTED };

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct cfs_rq {
	struct rq *rq;
	unsigned int h_nr_queued, h_nr_runnable;
};

struct rq {
	unsigned int nr_running;
	struct cfs_rq cfs;
};

struct sched_entity {
	struct cfs_rq *cfs_rq;
};

struct mm_struct {
	unsigned long exec_vm;
	unsigned long mmap_base;
	unsigned long start_code, end_code, end_data;
	unsigned long start_brk, start_stack;
	unsigned long arg_start, arg_end;
	unsigned long env_end;
};

struct kuid {
	__u32 val;
};

struct cred {
	struct kuid uid;
};

struct kernfs_node {
	__u64 id;
};

struct cgroup {
	struct kernfs_node *kn;
};

struct css_set {
	struct cgroup *dfl_cgrp;
};

struct ns_common {
	unsigned int inum;
};

struct pid_namespace {
	struct ns_common ns;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct pid_namespace *pid_ns_for_children;
	struct mnt_namespace *mnt_ns;
};

struct atomic {
	int counter;
};

struct signal_struct {
	struct atomic live;
};

struct qstr {
	const unsigned char *name;
};

struct dentry {
	struct qstr d_name;
};

struct path {
	struct dentry *dentry;
};

struct file_system_type {
	const char *name;
};

struct super_block {
	__u32 s_dev;
	struct file_system_type *s_type;
};

struct inode {
	unsigned short i_mode;
	unsigned int i_flags;
	struct super_block *i_sb;
	unsigned long i_ino;
	long long i_size;
};

struct file {
	struct inode *f_inode;
	struct path f_path;
	unsigned int f_flags;
	long long f_pos;
	void *private_data;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct in6_addr {
	__u8 bytes[16];
};

struct sock_common {
	unsigned short skc_family;
	__u16 skc_dport;
	__u32 skc_daddr;
	struct in6_addr skc_v6_daddr;
};

struct sock {
	struct sock_common __sk_common;
	__u16 sk_protocol;
};

struct socket {
	short type;
	struct sock *sk;
};

struct address_space {
	struct inode *host;
};

struct folio {
	unsigned int _nr_pages;
};

struct folio___before_6_15 {
	unsigned int _folio_nr_pages;
};

struct gendisk {
	int major, first_minor;
};

struct request_queue {
	struct gendisk *disk;
};

struct bio {
	struct bio *bi_next;
};

struct request {
	struct request_queue *q;
	unsigned int cmd_flags;
	unsigned int __data_len;
	unsigned long long __sector;
	struct bio *bio, *biotail;
	__u64 start_time_ns;
};

struct device;

struct backing_dev_info {
	struct device *dev;
	char dev_name[64];
};

struct bdi_writeback {
	struct backing_dev_info *bdi;
};

struct wb_writeback_work {
	long nr_pages;
	enum wb_reason reason;
};

struct irqaction {
	const char *name;
};

struct kernel_siginfo {
	int si_code;
};

struct task_io_accounting {
	__u64 syscr;
};

struct task_struct {
	unsigned int __state;
	void *stack;
	unsigned int flags;
	int on_cpu;
	struct sched_entity se;
	struct mm_struct *mm;
	int exit_state;
	int exit_code;
	unsigned in_iowait : 1;
	int pid;
	int tgid;
	struct task_struct *real_parent;
	__u64 start_time;
	const struct cred *cred;
	char comm[16];
	struct files_struct *files;
	struct nsproxy *nsproxy;
	struct signal_struct *signal;
	struct css_set *cgroups;
	struct task_io_accounting ioac;
};

struct linux_binprm {
	const char *filename;
};

struct bpf_iter__task {
	struct task_struct *task;
};

#if defined(__TARGET_ARCH_x86)
struct pt_regs {
	unsigned long bp, orig_ax, ip, sp;
	unsigned long di, si, dx, r10, r8, r9;
	unsigned short cs;
};
#define USER_IP(regs) ((regs)->ip)
#define USER_FP(regs) ((regs)->bp)
#define SYSCALL_NUMBER(regs) ((long)(regs)->orig_ax)
#define ARGUMENTS(regs) \
	{ 0, (regs)->di, (regs)->si, (regs)->dx, (regs)->r10, (regs)->r8, (regs)->r9 }
/* A 32-bit program: its frames are laid out otherwise, and its calls have other numbers. */
#define IS_COMPAT(regs) ((regs)->cs == 0x23)
#elif defined(__TARGET_ARCH_arm64)
struct pt_regs {
	unsigned long regs[31];
	unsigned long pc;
	unsigned long pstate;
	int syscallno;
};
#define USER_IP(regs) ((regs)->pc)
#define USER_FP(regs) ((regs)->regs[29])
#define SYSCALL_NUMBER(regs) ((long)(regs)->syscallno)
#define ARGUMENTS(regs)                                                                \
	{ 0, (regs)->regs[0], (regs)->regs[1], (regs)->regs[2], (regs)->regs[3], \
	  (regs)->regs[4], (regs)->regs[5] }
#define IS_COMPAT(regs) ((regs)->pstate & 0x10)
#endif

#pragma clang attribute pop

#define PF_EXITING 0x00000004
#define PF_USER_WORKER 0x00004000
#define PF_KTHREAD 0x00200000

#define TASK_DEAD 0x80
